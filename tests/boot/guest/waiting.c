/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A handler reads a page that is not there yet.  The page is under
 * userfaultfd, so it comes when this program says so; until then the handler
 * waits, and another process must be served all the same.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define PAGE 4096

static int watch(void *page)
{
    struct uffdio_api api = { .api = UFFD_API };
    struct uffdio_register range = {
        .range = { (uintptr_t)page, PAGE },
        .mode = UFFDIO_REGISTER_MODE_MISSING,
    };
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);

    CHECK(fd >= 0);
    CHECK(!ioctl(fd, UFFDIO_API, &api));
    CHECK(!ioctl(fd, UFFDIO_REGISTER, &range));
    return fd;
}

static void *ask(void *page)
{
    return (void *)(intptr_t)ioctl(0, 0x4805, page);
}

static void other_process_is_served(void)
{
    static int number = 7;
    int status;
    pid_t child = fork();

    if (child == 0) {
        _exit(ioctl(0, 0x4805, &number) == 7 ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void deliver(int fd, void *page)
{
    static int numbers[PAGE / sizeof(int)] __attribute__((aligned(PAGE))) =
        { 42 };
    struct uffdio_copy copy = {
        .dst = (uintptr_t)page, .src = (uintptr_t)numbers, .len = PAGE,
    };

    CHECK(!ioctl(fd, UFFDIO_COPY, &copy));
}

int main(void)
{
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct uffd_msg fault;
    pthread_t thread;
    void *result;
    int fd;

    CHECK(page != MAP_FAILED);
    fd = watch(page);
    CHECK(!pthread_create(&thread, NULL, ask, page));
    CHECK(read(fd, &fault, sizeof(fault)) == sizeof(fault));
    CHECK(fault.event == UFFD_EVENT_PAGEFAULT);
    other_process_is_served();
    CHECK(pthread_tryjoin_np(thread, &result) == EBUSY);
    deliver(fd, page);
    CHECK(!pthread_join(thread, &result));
    CHECK((intptr_t)result == 42);
    puts("ok");
    return 0;
}
