/* A disk that fills. With LD_PRELOAD, files in FOLDER take ROOM bytes in all,
 * and then no more (ENOSPC). ROOM is a file that holds the number, read each
 * time, so that the test may fill the disk at a moment of its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_llong used;

static int is_full(int file, size_t bytes)
{
    char link[32], path[4096], text[32];
    const char *folder = getenv("FOLDER"), *room = getenv("ROOM");
    if (!folder || !room)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0 || strncmp(path, folder, strlen(folder)))
        return 0;
    int limits = open(room, O_RDONLY | O_CLOEXEC);
    if (limits < 0)
        return 0;
    ssize_t digits = read(limits, text, sizeof text - 1);
    close(limits);
    text[digits > 0 ? digits : 0] = 0;
    if (digits <= 0 || atomic_load(&used) + (long long)bytes <= atoll(text)) {
        atomic_fetch_add(&used, bytes);
        return 0;
    }
    errno = ENOSPC;
    return 1;
}

ssize_t write(int file, const void *bytes, size_t count)
{
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    return is_full(file, count) ? -1 : real(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
    return is_full(file, count) ? -1 : real(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at)
{
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    return is_full(file, count) ? -1 : real(file, bytes, count, at);
}
