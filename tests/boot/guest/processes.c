/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * processes WHAT...: asks the script about processes, files and programs, by
 * ioctl 0x4901 with a struct question, and compares with what it knows itself.
 * The script's answer is a text, "ok" or an errno's name among others.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "until.h"

#define PAGE 4096
#define LARGE (5 << 20)

struct question {
    const char *what;
    unsigned long a;
    unsigned long b;
    char *answer;
};

static char answer[PAGE];

static const char *ask(const char *what, unsigned long a, unsigned long b)
{
    struct question question = { what, a, b, answer };

    memset(answer, 0, sizeof(answer));
    CHECK(!ioctl(0, 0x4901, &question));
    return answer;
}

#define SAYS(expected, what, a, b)                                            \
    do {                                                                      \
        const char *said_ = ask(what, (unsigned long)(a),                     \
                                (unsigned long)(b));                          \
                                                                              \
        if (strcmp(said_, expected)) {                                        \
            fprintf(stderr, "%s:%d: %s: said \"%s\", expected \"%s\"\n",      \
                    __FILE__, __LINE__, what, said_, expected);               \
            exit(1);                                                          \
        }                                                                     \
    } while (0)

/* --- memory of another --------------------------------------------------- */

static char ours[2 * PAGE] __attribute__((aligned(PAGE)));
static char *sealed;

/* A child that has texts of its own where ours are; it lives until told. */
static pid_t child_of(int *tell)
{
    int to[2], from[2];
    char byte;
    pid_t pid;

    CHECK(!pipe(to) && !pipe(from));
    pid = fork();
    if (pid == 0) {
        strcpy(ours, "the child's");
        memset(ours + PAGE - 8, 'x', 16);
        ours[PAGE + 8] = '\0';
        CHECK(write(from[1], "r", 1) == 1);
        CHECK(read(to[0], &byte, 1) == 1);
        _exit(strcmp(ours, "the script's") ? 1 : 0);
    }
    CHECK(read(from[0], &byte, 1) == 1);
    *tell = to[1];
    return pid;
}

static void memory(void)
{
    char numbers[64];
    int status, tell;
    pid_t pid;

    strcpy(ours, "the parent's");
    sealed = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(sealed != MAP_FAILED);
    pid = child_of(&tell);
    SAYS("the child's", "str", pid, ours);
    SAYS("the parent's", "str", getpid(), ours);
    SAYS("xxxxxxxxxxxxxxxx", "str", pid, ours + PAGE - 8);
    SAYS("EFAULT", "str", pid, 0);
    SAYS("EFAULT", "str", pid, (unsigned long)-8);
    SAYS("EFAULT", "str", 2, ours);
    SAYS("ESRCH", "str", 0x3fffff, ours);
    SAYS("EFAULT 0", "write", pid, sealed);
    SAYS("12", "write", pid, ours);
    CHECK(!strcmp(ours, "the parent's"));
    SAYS("the script's", "str", pid, ours);
    snprintf(numbers, sizeof(numbers), "%d %d processes", pid, getpid());
    SAYS(numbers, "proc", pid, 0);
    CHECK(write(tell, "q", 1) == 1);
    siginfo_t info;
    CHECK(!waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    SAYS("ESRCH", "str", pid, ours);
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    SAYS("ESRCH", "str", pid, ours);
    SAYS("ESRCH", "proc", pid, 0);
}

/* Processes that end at any moment while they are read: whole, or ESRCH. */
static void ending(void)
{
    strcpy(ours, "the parent's");
    for (int i = 0; i < 300; i++) {
        pid_t pid = fork();
        const char *said;

        if (pid == 0) {
            for (volatile int turn = 0; turn < i * 50; turn++) {
            }
            _exit(0);
        }
        said = ask("str", pid, (unsigned long)ours);
        CHECK(!strcmp(said, "the parent's") || !strcmp(said, "ESRCH"));
        CHECK(waitpid(pid, NULL, 0) == pid);
    }
}

/* --- what there is ------------------------------------------------------- */

static void *thread_waits(void *fd)
{
    char byte;

    CHECK(read((int)(long)fd, &byte, 1) == 0);
    return NULL;
}

static int has_number(const char *list, int number)
{
    char text[16];

    snprintf(text, sizeof(text), " %d ", number);
    return strstr(list, text) != NULL;
}

static void lists(void)
{
    pthread_t thread;
    char numbers[32];
    int ends[2];
    int tell;
    pid_t pid = child_of(&tell);

    CHECK(has_number(ask("procs", 0, 0), 1));
    CHECK(has_number(answer, 2) && has_number(answer, getpid()));
    CHECK(has_number(answer, pid));
    CHECK(!pipe(ends));
    snprintf(numbers, sizeof(numbers), " %d ", getpid());
    SAYS(numbers, "threads", getpid(), 0);
    CHECK(!pthread_create(&thread, NULL, thread_waits, (void *)(long)ends[0]));
    ask("threads", getpid(), 0);
    CHECK(!strncmp(answer, numbers, strlen(numbers)));
    CHECK(strlen(answer) > strlen(numbers));
    close(ends[1]);
    CHECK(!pthread_join(thread, NULL));
    kill(pid, SIGKILL);
    CHECK(waitpid(pid, NULL, 0) == pid);
}

static void maps_equal(int pid)
{
    char path[64];

    SAYS("ok", "maps", pid, 0);
    snprintf(path, sizeof(path), "/proc/%d/maps", pid);
    SAYS("ok", "copy", path, "/tmp/maps.read");
    snprintf(path, sizeof(path), "cp /proc/%d/maps /tmp/maps.cp", pid);
    CHECK(!system(path));
    CHECK(!system("cmp /tmp/maps /tmp/maps.cp"));
    CHECK(!system("cmp /tmp/maps.read /tmp/maps.cp"));
}

static void mappings(void)
{
    int fd = open("/tmp/mapped file", O_RDWR | O_CREAT, 0600);
    int tell;
    pid_t pid;

    CHECK(fd >= 0 && !ftruncate(fd, 8 * PAGE));
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 3 * PAGE)
          != MAP_FAILED);
    for (int i = 0; i < 100; i++) {
        CHECK(mmap(NULL, PAGE, i % 2 ? PROT_READ : PROT_NONE,
                   MAP_PRIVATE, fd, PAGE) != MAP_FAILED);
    }
    pid = child_of(&tell);
    maps_equal(pid);
    maps_equal(1);
    kill(pid, SIGKILL);
    CHECK(waitpid(pid, NULL, 0) == pid);
    CHECK(!unlink("/tmp/mapped file"));
}

static void descriptors(void)
{
    char link[64], name[256], line[400];
    int fds[2], deleted;

    CHECK(!pipe(fds) && socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
    CHECK(epoll_create1(EPOLL_CLOEXEC) >= 0);
    deleted = open("/tmp/gone", O_RDWR | O_CREAT | O_APPEND, 0640);
    CHECK(deleted >= 0 && write(deleted, "1234567", 7) == 7);
    CHECK(!unlink("/tmp/gone"));
    for (int fd = 0; fd <= deleted; fd++) {
        ssize_t length;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        length = readlink(link, name, sizeof(name) - 1);
        name[length > 0 ? length : 0] = '\0';
        SAYS(length < 0 ? "EBADF" : name, "fd_name", getpid(), fd);
        snprintf(line, sizeof(line), "%s", name);
        SAYS(line, "fd_listed", getpid(), fd);
    }
    SAYS("/tmp/gone (deleted) 7", "fd_position", getpid(), deleted);
    SAYS("EBADF", "fd_name", getpid(), 1000);
    CHECK(dup2(deleted, 900) == 900);
    SAYS("/tmp/gone (deleted)", "fd_listed", getpid(), 900);
}

/* --- files --------------------------------------------------------------- */

static void same_as_cp(const char *path)
{
    char command[256];

    SAYS("ok", "copy", path, "/tmp/copy");
    snprintf(command, sizeof(command), "cat %s >/tmp/cat", path);
    CHECK(!system(command));
    if (system("cmp /tmp/copy /tmp/cat")) {
        fprintf(stderr, "%s differs\n", path);
        exit(1);
    }
}

static void large_file(void)
{
    unsigned *words = malloc(LARGE);
    int fd = open("/tmp/large", O_RDWR | O_CREAT, 0600);

    CHECK(words && fd >= 0);
    for (unsigned i = 0; i < LARGE / 4; i++) {
        words[i] = i * 2654435761u;
    }
    CHECK(write(fd, words, LARGE) == LARGE && write(fd, "end", 3) == 3);
    close(fd);
    free(words);
    same_as_cp("/tmp/large");
    CHECK(!unlink("/tmp/large") && !unlink("/tmp/cat"));
}

static void synthetic_files(void)
{
    static const char *const paths[] = {
        "/proc/version", "/proc/cmdline", "/proc/filesystems", "/proc/devices",
        "/proc/1/cmdline", "/proc/1/environ", "/proc/1/maps", "/proc/1/comm",
        "/proc/1/limits", "/proc/1/mountinfo", "/proc/net/protocols",
        "/proc/sys/kernel/ostype", "/proc/kallsyms", "/sys/kernel/notes",
        "/sys/kernel/uevent_seqnum", "/proc/1/auxv", "/dev/null",
    };

    for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        same_as_cp(paths[i]);
    }
    SAYS("3", "put", "/proc/self/oom_score_adj", "123");
    SAYS("123\n", "get", "/proc/self/oom_score_adj", 0);
    SAYS("5", "put", "/proc/sys/kernel/hostname", "guest");
    SAYS("5", "put", "/dev/null", "there");
}

static void odd_files(void)
{
    struct stat stat_;

    SAYS("ENOENT", "get", "/tmp/none", 0);
    SAYS("ENOTDIR", "get", "/dev/null/x", 0);
    SAYS("EISDIR", "get", "/tmp", 0);
    SAYS("EISDIR", "put", "/tmp", "x");
    SAYS("EIO", "put", "/proc/version", "x");
    CHECK(!mkfifo("/tmp/fifo", 0600));
    SAYS("", "get", "/tmp/fifo", 0);
    SAYS("ENXIO", "put", "/tmp/fifo", "x");
    SAYS("5", "put", "/tmp/new", "first");
    SAYS("3", "put", "/tmp/new", "2nd");
    SAYS("2nd", "get", "/tmp/new", 0);
    SAYS("4", "append", "/tmp/new", ",3rd");
    SAYS("2nd,3rd", "get", "/tmp/new", 0);
    CHECK(!stat("/tmp/new", &stat_) && stat_.st_mode == (S_IFREG | 0644));
    SAYS("0", "put", "/tmp/new", "");
    CHECK(!stat("/tmp/new", &stat_) && stat_.st_size == 0);
    SAYS("", "get", "/tmp/new", 0);
    SAYS("ELOOP", "get", "/dev/mirror", 0);
    SAYS("hello from the model", "get", "/dev/model", 0);
    SAYS("4", "put", "/dev/model", "told");
    SAYS("told", "get", "/dev/model", 0);
}

/* As an unprivileged user in a root of its own: the rights are the script's. */
static void other_root(void)
{
    int status;
    pid_t pid;

    CHECK(!mkdir("/tmp/root", 0700) && !mkdir("/tmp/root/secret", 0700));
    CHECK(!system("echo inside >/tmp/root/secret/file; "
                  "chmod 600 /tmp/root/secret/file"));
    pid = fork();
    if (pid == 0) {
        CHECK(!chroot("/tmp/root") && !chdir("/") && !setgid(7));
        CHECK(!setuid(1000));
        CHECK(open("/secret/file", O_RDONLY) < 0);
        SAYS("inside\n", "get", "/secret/file", 0);
        SAYS("ENOENT", "get", "/tmp/root/secret/file", 0);
        SAYS("ids 1000 7", "ids", getpid(), 0);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void files(void)
{
    synthetic_files();
    odd_files();
    other_root();
    large_file();
}

/* --- programs ------------------------------------------------------------ */

static void programs(void)
{
    pid_t pid;

    SAYS("status 0: hello world\n", "run", "echo hello world", 0);
    SAYS("status 7: out err ", "run",
         "printf 'out '; printf 'err ' >&2; exit 7", 0);
    SAYS("status 0: ", "run", "cat", 0);
    SAYS("signal 9: ", "run", "kill -9 $$", 0);
    SAYS("signal 15: x", "run", "printf x; kill -15 $$", 0);
    SAYS("timed out: before ", "run", "printf 'before '; sleep 1000", 300);
    SAYS("timed out: ", "run", "sleep 1000 & sleep 1000", 300);
    UNTIL(system("ps | grep -q '[s]leep 1000'"));
    SAYS("status 0: /\n", "run", "pwd", 0);
    SAYS("ENOENT", "run_path", "/bin/none", 0);
    SAYS("EACCES", "run_path", "/tmp", 0);
    SAYS("ok", "copy", "/bin/busybox", "/tmp/busybox");
    CHECK(!chmod("/tmp/busybox", 0755));
    SAYS("ok", "copy", "/bin/busybox", "/tmp/busybox");
    SAYS("status 0: just written\n", "run_written", "/tmp/busybox", 0);
    SAYS("100000", "run_length", "yes | head -c 100000", 1 << 20);
    SAYS("8192", "run_length", "yes | head -c 100000", 8192);
    SAYS("status 0: a=b\n", "run_env", "echo a=$a", 0);
    pid = fork();
    if (pid == 0) {
        ask("run", (unsigned long)"sleep 2000", 0);
        _exit(0);
    }
    UNTIL(!system("ps | grep -q '[s]leep 2000'"));
    kill(pid, SIGKILL);
    CHECK(waitpid(pid, NULL, 0) == pid);
    UNTIL(system("ps | grep -q '[s]leep 2000'"));
}

/* --- tasks of the script's own ------------------------------------------- */

static void spawned(void)
{
    UNTIL(!access("/tmp/spawned", F_OK));
    SAYS("waited 3; ran: from a thread\n; maps 0; EFAULT", "get",
         "/tmp/spawned", 0);
    SAYS("ok", "spawn", 40, 0);
    UNTIL(!strcmp(ask("spawn_done", 0, 0), "40"));
}

/* --- the module comes and goes ------------------------------------------- */

static int load(void)
{
    int fd = open("/hyperlua/hyperlua.ko", O_RDONLY | O_CLOEXEC);
    int result = (int)syscall(SYS_finit_module, fd, "", 0);

    close(fd);
    return result;
}

static volatile unsigned *counts;

/* While the module is out, ioctl says ENOTTY, and that is no answer. */
static void loop(int me)
{
    static const char *const whats[] = { "str", "get", "run", "fd_name",
                                         "nap" };
    const char *text = me == 1 ? "/proc/1/maps" : me == 2 ? "echo ran" : "";
    unsigned long b = me == 0 ? (unsigned long)ours : 0;
    struct question question = {
        whats[me], me == 1 || me == 2 ? (unsigned long)text
                                      : (unsigned long)getppid(),
        b, answer
    };

    for (;;) {
        memset(answer, 0, sizeof(answer));
        if (ioctl(0, 0x4901, &question)) {
            CHECK(errno == ENOTTY);
            counts[5 + me]++;
        } else {
            CHECK(me != 0 || !strcmp(answer, "the parent's"));
            CHECK(answer[0]);
            counts[me]++;
        }
    }
}

static void report(void)
{
    int fd = open("/dev/hyperlua", O_RDWR);

    CHECK(fd >= 0);
    dprintf(fd, "ok\n");
    exit(0);
}

static void unloads(int cycles)
{
    int console = open("/dev/console", O_WRONLY);
    pid_t pid[5];

    dup2(console, 1);
    dup2(console, 2);
    close(console);
    strcpy(ours, "the parent's");
    counts = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(counts != MAP_FAILED);
    for (int i = 0; i < 5; i++) {
        pid[i] = fork();
        if (pid[i] == 0) {
            /* Else each step of a cycle waits for the turns of all five. */
            nice(10);
            loop(i);
        }
    }
    for (int i = 0; i < cycles; i++) {
        unsigned before = counts[i % 5];

        UNTIL(counts[i % 5] != before);
        /* A file that the script has open holds the module. */
        UNTIL(!syscall(SYS_delete_module, "hyperlua", O_NONBLOCK));
        before = counts[5];
        UNTIL(counts[5] != before);
        CHECK(!load());
    }
    for (int i = 0; i < 5; i++) {
        kill(pid[i], SIGKILL);
        CHECK(waitpid(pid[i], NULL, 0) == pid[i]);
        CHECK(counts[i] > 0);
    }
    report();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*function)(void);
    } tests[] = {
        { "memory", memory }, { "ending", ending }, { "lists", lists },
        { "mappings", mappings }, { "descriptors", descriptors },
        { "files", files }, { "programs", programs },
        { "spawned", spawned },
    };

    if (argc > 2 && !strcmp(argv[1], "unloads")) {
        unloads(atoi(argv[2]));
    }
    for (int i = 1; i < argc; i++) {
        for (unsigned j = 0; j < sizeof(tests) / sizeof(tests[0]); j++) {
            if (!strcmp(argv[i], tests[j].name)) {
                tests[j].function();
            }
        }
    }
    puts("ok");
    return 0;
}
