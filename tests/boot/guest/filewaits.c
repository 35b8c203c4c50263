/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A read of a file that it is given waits until a write to that open file says
 * so (the write's result is how many waited); ioctl 0x4820 tells how many wait
 * now.  /dev/slow sleeps 50
 * ms in each read.  /dev/door is readable after a write to it.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "until.h"

static int waiting_file, door;
static volatile sig_atomic_t signals;

static int waiting(void)
{
    return ioctl(waiting_file, 0x4820, 0);
}

struct reader {
    char bytes[8];
    ssize_t result;
    int error;
};

static void *read_once(void *data)
{
    struct reader *reader = data;

    reader->result = read(waiting_file, reader->bytes, sizeof(reader->bytes));
    reader->error = errno;
    return NULL;
}

static pthread_t begin_read(struct reader *reader)
{
    pthread_t thread;

    CHECK(!pthread_create(&thread, NULL, read_once, reader));
    UNTIL(waiting() == 1);
    return thread;
}

static void signal_it(void)
{
    CHECK(write(waiting_file, "go", 2) == 1);
}

static void is_done(const struct reader *reader)
{
    CHECK(reader->result == 4 && !memcmp(reader->bytes, "done", 4));
    CHECK(waiting() == 0);
}

static void a_read_waits_for_a_write(void)
{
    struct reader reader;
    pthread_t thread = begin_read(&reader);

    CHECK(pthread_tryjoin_np(thread, NULL) == EBUSY);
    signal_it();
    CHECK(!pthread_join(thread, NULL));
    is_done(&reader);
}

static void count_signal(int number)
{
    signals++;
}

static void catch_signal(int flags)
{
    struct sigaction action = { .sa_handler = count_signal, .sa_flags = flags };

    signals = 0;
    CHECK(!sigaction(SIGUSR1, &action, NULL));
}

static void a_signal_interrupts_it(void)
{
    struct reader reader;
    pthread_t thread = begin_read(&reader);

    catch_signal(0);
    CHECK(!pthread_kill(thread, SIGUSR1));
    CHECK(!pthread_join(thread, NULL));
    CHECK(reader.result == -1 && reader.error == EINTR && signals == 1);
    UNTIL(waiting() == 0);
}

static void with_sa_restart_it_waits_on(void)
{
    struct reader reader;
    pthread_t thread = begin_read(&reader);

    catch_signal(SA_RESTART);
    CHECK(!pthread_kill(thread, SIGUSR1));
    UNTIL(signals == 1 && waiting() == 1);
    signal_it();
    CHECK(!pthread_join(thread, NULL));
    is_done(&reader);
}

static void the_killed_are_forgotten(void)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct reader reader;

        read_once(&reader);
        _exit(0);
    }
    UNTIL(waiting() == 1);
    CHECK(!kill(child, SIGKILL));
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    UNTIL(waiting() == 0);
}

static void a_sleep_takes_its_time(void)
{
    char byte;
    int fd = open("/dev/slow", O_RDONLY);
    long long begun = now_ms();

    CHECK(fd >= 0);
    CHECK(read(fd, &byte, 1) == 1);
    CHECK(now_ms() - begun >= 50);
    close(fd);
}

static void *poll_door(void *unused)
{
    struct pollfd one = { .fd = door, .events = POLLIN };

    CHECK(poll(&one, 1, 50000) == 1 && one.revents == POLLIN);
    return NULL;
}

static void a_wake_reaches_who_polls(void)
{
    struct pollfd one;
    pthread_t thread;

    door = open("/dev/door", O_RDWR);
    one = (struct pollfd){ .fd = door, .events = POLLIN };
    CHECK(door >= 0);
    CHECK(poll(&one, 1, 0) == 0);
    CHECK(!pthread_create(&thread, NULL, poll_door, NULL));
    UNTIL(ioctl(door, 0x4821, 0) >= 2);     /* how often it was polled */
    CHECK(write(door, "x", 1) == 1);
    CHECK(!pthread_join(thread, NULL));
    close(door);
}

static void check_file(const char *path)
{
    waiting_file = open(path, O_RDWR);
    CHECK(waiting_file >= 0);
    a_read_waits_for_a_write();
    a_signal_interrupts_it();
    with_sa_restart_it_waits_on();
    the_killed_are_forgotten();
    close(waiting_file);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        check_file(argv[i]);
    }
    a_sleep_takes_its_time();
    a_wake_reaches_who_polls();
    puts("ok");
    return 0;
}
