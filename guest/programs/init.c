/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Process 1 of a guest that `hyperlua run` boots.
 *
 * Mounts what programs expect, loads the module, runs the command of
 * /hyperlua/command with its output going to the engine, reports how it
 * ended, and reboots (QEMU runs with -no-reboot, so that ends it). Without a
 * command it becomes the root filesystem's own init.
 *
 * Only the command writes to /dev/hyperlua; what goes wrong here is told on
 * the console, which is this process's own standard error.
 */
#define _GNU_SOURCE     /* memmem */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"
#include "uapi.h"

#define MODULE "/hyperlua/hyperlua.ko"
#define COMMAND "/hyperlua/command"
#define OWN_INIT "/hyperlua/own-init"
#define DEVICE "/dev/hyperlua"
#define PATHS "/sbin:/usr/sbin:/bin:/usr/bin:/usr/local/sbin:/usr/local/bin"

enum { COMMAND_MAX = 128 * 1024, ARGS_MAX = 4096 };
enum { SET_CONSOLE_LEVEL = 8, ERRORS = 4, WARNINGS = 5 };  /* syslog(2) */
enum { EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127, EXIT_SIGNAL = 128 };

/* One write, so that the line stays whole among the kernel's own. */
void say(const char *format, ...)
{
    char text[512], line[600];
    va_list args;
    int length;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    length = snprintf(line, sizeof(line), "hyperlua: %s\n", text);
    (void)!write(STDERR_FILENO, line, (size_t)length);
}

size_t read_file(const char *path, char *text, size_t max)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, text, max);

    if (fd >= 0) {
        close(fd);
    }
    return length > 0 ? (size_t)length : 0;
}

/* The kernel would say goodbye there, even when told to be quiet. */
static void silence_console(void)
{
    char tty[32] = "", path[80];
    int fd;

    read_file("/sys/class/tty/console/active", tty, sizeof(tty) - 1);
    tty[strcspn(tty, " \n")] = '\0';
    snprintf(path, sizeof(path), "/sys/class/tty/%s/console", tty);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!write(fd, "N", 1);
        close(fd);
    }
}

_Noreturn void end(void)
{
    sync();
    silence_console();
    reboot(RB_AUTOBOOT);
    pause();
    abort();
}

static void mount_all(void)
{
    static const struct {
        const char *type;
        const char *path;
        mode_t mode;
    } mounts[] = {
        { "proc", "/proc", 0555 },      { "sysfs", "/sys", 0555 },
        { "devtmpfs", "/dev", 0755 },   { "devpts", "/dev/pts", 0755 },
        { "tmpfs", "/dev/shm", 01777 }, { "tmpfs", "/tmp", 01777 },
        { "tmpfs", "/run", 0755 },
    };

    for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
        mkdir(mounts[i].path, mounts[i].mode);
        if (mount(mounts[i].type, mounts[i].path, mounts[i].type, 0, NULL)
            && errno != EBUSY) {
            say("cannot mount %s on %s: %s", mounts[i].type, mounts[i].path,
                strerror(errno));
        }
    }
    chmod("/", 0755);
    chmod("/tmp", 01777);
    chmod("/dev/shm", 01777);
}

/* The boot may have been quiet: from here on more is of interest. */
static void show_kernel(int below)
{
    char level[16] = "";

    read_file("/proc/sys/kernel/printk", level, sizeof(level) - 1);
    if (atoi(level) < below) {
        klogctl(SET_CONSOLE_LEVEL, NULL, below);
    }
}

/* The kernel that the module was built for; false: it does not say. */
static bool module_release(int fd, char *release, size_t size)
{
    static const char key[] = "vermagic=";
    struct stat file;
    const char *bytes, *at, *stop;
    size_t length = 0;

    if (fstat(fd, &file) || file.st_size <= 0) {
        return false;
    }
    bytes = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        return false;
    }
    stop = bytes + file.st_size;
    at = memmem(bytes, (size_t)file.st_size, key, strlen(key));
    for (at = at ? at + strlen(key) : stop;
         at < stop && *at > ' ' && length + 1 < size; at++) {
        release[length++] = *at;
    }
    release[length] = '\0';
    munmap((void *)bytes, (size_t)file.st_size);
    return length > 0;
}

static void say_not_loaded(const char *path, int fd, int error)
{
    struct utsname guest;
    char release[sizeof(guest.release)];

    if (error == ENOEXEC && !uname(&guest)
        && module_release(fd, release, sizeof(release))
        && strcmp(release, guest.release) != 0) {
        say("the module is for Linux %s, and the guest runs Linux %s: give "
            "--kdir the build tree or headers of that kernel", release,
            guest.release);
        return;
    }
    say("cannot load %s: %s (the kernel may say why above)", path,
        strerror(error));
}

void load_module(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || syscall(SYS_finit_module, fd, "", 0)) {
        say_not_loaded(path, fd, errno);
        end();
    }
    close(fd);
}

/* The module's device, as one of the command's output streams. */
static int open_stream(int number)
{
    int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

    if (fd < 0 || ioctl(fd, HL_IOC_STREAM, number)) {
        say("cannot use " DEVICE ": %s", strerror(errno));
        end();
    }
    return fd;
}

/* The arguments, NUL after each; NULL when there is no command. */
static char **read_command(void)
{
    static char text[COMMAND_MAX + 1];
    static char *args[ARGS_MAX + 1];
    size_t length = read_file(COMMAND, text, COMMAND_MAX);
    int count = 0;

    for (size_t at = 0; at < length && count < ARGS_MAX;) {
        args[count++] = text + at;
        at += strlen(text + at) + 1;
    }
    return count ? args : NULL;
}

/* Like execvp, but a file that cannot run is not handed to a shell. */
static const char *find(const char *name, char *path, size_t size)
{
    const char *dirs = PATHS;

    if (strchr(name, '/')) {
        return access(name, F_OK) ? NULL : name;
    }
    while (*dirs) {
        int length = (int)strcspn(dirs, ":");

        snprintf(path, size, "%.*s/%s", length, dirs, name);
        if (!access(path, F_OK)) {
            return path;
        }
        dirs += length + (dirs[length] == ':');
    }
    return NULL;
}

static _Noreturn void run_command(char **args)
{
    char buffer[4096];
    const char *path = find(args[0], buffer, sizeof(buffer));

    if (!path) {
        say("%s: not found in the guest: add it with --add HOSTPATH:GUESTPATH",
            args[0]);
        _exit(EXIT_NOT_FOUND);
    }
    execv(path, args);
    if (errno == ENOENT) {
        say("%s: cannot run in the guest: the interpreter or loader that it "
            "names is missing there", path);
        _exit(EXIT_NOT_FOUND);
    }
    say("%s: cannot run in the guest: %s%s", path, strerror(errno),
        errno == ENOEXEC ? " (another machine's program, or no #! line)" : "");
    _exit(EXIT_NOT_EXECUTABLE);
}

static pid_t start_command(char **args)
{
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int output = open_stream(1);
    int errors = open_stream(2);
    pid_t pid = fork();

    if (pid == 0) {
        dup2(input, STDIN_FILENO);
        dup2(output, STDOUT_FILENO);
        dup2(errors, STDERR_FILENO);
        setsid();
        run_command(args);
    }
    close(input);
    close(output);
    close(errors);
    return pid;
}

static int wait_for(pid_t pid)
{
    for (;;) {
        int status;
        pid_t ended = wait(&status);

        if (ended < 0 && errno == ECHILD) {
            return EXIT_NOT_EXECUTABLE;
        }
        if (ended == pid) {
            return WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status)
                                       : WEXITSTATUS(status);
        }
    }
}

static void report(int status)
{
    int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

    if (fd < 0 || ioctl(fd, HL_IOC_EXIT, status)) {
        say("cannot report the command's status %d: %s", status,
            strerror(errno));
        return;
    }
    close(fd);
}

/* Which one there is was seen when the initramfs was made. */
static _Noreturn void become_init(void)
{
    char init[64] = "";

    read_file(OWN_INIT, init, sizeof(init) - 1);
    execl(init, init, (char *)NULL);
    say("%s: cannot run as init: %s", init, strerror(errno));
    end();
}

int main(void)
{
    char **args = read_command();

    setenv("PATH", PATHS, 1);
    setenv("HOME", "/root", 1);
    setenv("TERM", "linux", 1);
    mount_all();
    show_kernel(ERRORS);        /* not that the module taints the kernel */
    load_drivers();
    if (args) {
        network_up();
    }
    /* From here on scripts see what this process does. */
    load_module(MODULE);
    show_kernel(WARNINGS);
    if (!args) {
        become_init();
    }
    report(wait_for(start_command(args)));
    end();
}
