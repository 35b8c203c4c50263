/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The load test's jobs with memory: good places and all kinds of bad ones. */
#include "load.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

/* Below all that the kernel places by itself. */
#define LOW 0x200000

static unsigned sum_of(const unsigned char *bytes, unsigned size)
{
    unsigned sum = 0;

    for (unsigned i = 0; i + 4 <= size; i += 4) {
        uint32_t word;

        memcpy(&word, bytes + i, 4);
        sum = sum * 31 + word;
    }
    return sum;
}

static void *fresh(size_t size, int protection)
{
    void *page = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0);

    CHECK(page != MAP_FAILED);
    return page;
}

/* From pages that were touched to some that were not, and nothing beside. */
void job_answer(struct worker *me)
{
    unsigned size = draw(me, draw(me, 8) ? 200 : LARGE), span = size + PAGE;
    unsigned char *in = fresh(span, PROT_READ | PROT_WRITE);
    unsigned char *out = fresh(span, PROT_READ | PROT_WRITE);
    unsigned at = draw(me, PAGE), to = draw(me, PAGE);
    struct order order = {
        .addr = (uintptr_t)in + at, .out = (uintptr_t)out + to, .size = size,
        .nap = seldom(me, 2),
    };
    unsigned want;

    for (unsigned i = 0; i < size; i++) {
        in[at + i] = (unsigned char)draw(me, 256);
    }
    want = sum_of(in + at, size) ^ (unsigned)me->pid ^ (me->number + 1);
    CHECK(send_order(me, ANSWER, &order) == (long)(want & 0x7fffffff));
    for (unsigned i = 0; i < span; i++) {
        CHECK(out[i] == (i >= to && i < to + size ? in[at + size - 1 - (i - to)]
                         : 0));
    }
    munmap(in, span);
    munmap(out, span);
}

/* o: done, e: EFAULT; of bytes read and written, a string, an integer. */
static void expect(struct worker *me, uint64_t addr, const char *outcome)
{
    struct order order = { .addr = addr, .size = 8 };

    CHECK(send_order(me, BAD, &order) == 0);
    SAYS(&order, outcome);
}

static char *low_page(struct worker *me)
{
    char *page = (char *)LOW + me->slot * 0x10000;

    CHECK(mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
               MAP_FIXED, -1, 0) == page);
    strcpy(page, "still there");
    return page;
}

static void bad_places(struct worker *me)
{
    static const uint64_t nowhere[] = {
        0, 1, 7, (unsigned long)-4, (unsigned long)-8, (unsigned long)-PAGE,
        (unsigned long)INTPTR_MIN, (unsigned long)INTPTR_MIN + 0x100000,
        0xffffffff81000000, 0xffffffffffffffff, 1ull << 47,
    };
    uint64_t beyond = sizeof(long) == 8 ? 1ull << 63 : 1ull << 32;

    expect(me, nowhere[draw(me, sizeof(nowhere) / sizeof(nowhere[0]))],
           "eeee");
    expect(me, LOW - PAGE + draw(me, PAGE - 8), "eeee");
    expect(me, beyond | (uintptr_t)card, "eeee");
}

static void bad_pages(struct worker *me)
{
    char *sealed = fresh(PAGE, PROT_READ);
    char *shut = fresh(PAGE, PROT_NONE);
    char *open = fresh(2 * PAGE, PROT_READ | PROT_WRITE);
    char *low = low_page(me);

    expect(me, (uintptr_t)sealed + 17, "oeoo");
    CHECK(sealed[17] == 0);
    expect(me, (uintptr_t)shut, "eeee");
    expect(me, (uintptr_t)open + PAGE - 3, "oooo");
    CHECK(!memcmp(open + PAGE - 4, "\0xxxxxxxx\0", 10));
    memset(low + PAGE - 4, 'a', 4);
    expect(me, (uintptr_t)low + PAGE - 4, "eeeo");
    munmap(low, PAGE);
    expect(me, (uintptr_t)low, "eeee");
    munmap(sealed, PAGE);
    munmap(shut, PAGE);
    munmap(open, 2 * PAGE);
}

void job_bad(struct worker *me)
{
    bad_places(me);
    bad_pages(me);
}

static void *unmapper(void *data)
{
    struct order *order = data;

    UNTIL(*(volatile uint32_t *)&order->flag == 1);
    CHECK(!munmap((void *)(uintptr_t)order->addr, PAGE));
    *(volatile uint32_t *)&order->flag = 2;
    return NULL;
}

/* Another thread takes the page away between two reads of the handler's. */
void job_freed(struct worker *me)
{
    struct order order = { .addr = (uintptr_t)low_page(me), .size = 8 };
    pthread_t thread;

    CHECK(!pthread_create(&thread, NULL, unmapper, &order));
    CHECK(send_order(me, FREED, &order) == 0);
    CHECK(!pthread_join(thread, NULL));
    SAYS(&order, "still there|eeee");
}

/* --- a device's registers ------------------------------------------------ */

/* A board's status, a signature, or a timer's revision: all are constant. */
#ifdef __mips__
#define DEVICE 0x1f000000
#define REGISTER 0x208
#elif defined(__arm__) || defined(__aarch64__)
#define DEVICE 0x09020000
#define REGISTER 16
#else
#define DEVICE 0xfed00000
#define REGISTER 0
#endif

/* The script must see what the kernel's own copying sees. */
void job_device(struct worker *me)
{
    int fd = open("/dev/mem", O_RDWR | O_SYNC), ends[2];
    char *device = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, DEVICE);
    struct order order = { .addr = (uintptr_t)device + REGISTER };
    uint32_t value;

    CHECK(device != MAP_FAILED && !pipe(ends));
    CHECK(write(ends[1], device + REGISTER, 4) == 4);
    CHECK(read(ends[0], &value, 4) == 4);
    CHECK(send_order(me, DEVICE_READ, &order) == (long)value);
    munmap(device, PAGE);
    close(fd);
    close(ends[0]);
    close(ends[1]);
}
