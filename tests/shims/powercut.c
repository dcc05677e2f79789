/* Keeps what a disk would still have of a folder if the power were cut now.
 *
 * Preloaded before the program, it lets all writes through, so that the program
 * reads what it wrote, and takes note of each fsync: the whole content of the
 * file goes to an image of its own in another folder; for a folder, it is the
 * list of its names. What was never synced is in no image. A test that has
 * killed the program puts the images in the place of the files (powercut.rs).
 *
 * POWERCUT_FOLDER  the folder, by its real path; no folder in it is looked at
 * POWERCUT_DISK    where the images go
 * POWERCUT_LIES    where it is set, nothing is kept and each fsync succeeds:
 *                  the disk then has what it has under synchronous=OFF
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *folder, *disk;
static int lies;

__attribute__((constructor)) static void begin(void)
{
    folder = getenv("POWERCUT_FOLDER");
    disk = getenv("POWERCUT_DISK");
    lies = getenv("POWERCUT_LIES") != NULL;
}

static void fail(const char *what)
{
    fprintf(stderr, "powercut: %s: %s\n", what, strerror(errno));
    abort();
}

/* What tells a file from all others, also from one that had its inode before. */
static int identify(int at, const char *path, int flags, char *id, size_t size)
{
    struct statx found;
    if (statx(at, path, flags, STATX_INO | STATX_BTIME, &found) != 0)
        return -1;
    snprintf(id, size, "%llu-%lld.%u", (unsigned long long)found.stx_ino,
             (long long)found.stx_btime.tv_sec, found.stx_btime.tv_nsec);
    return 0;
}

/* Writes beside the file and renames, since the program may be killed here too. */
static FILE *open_new(char *path, size_t size)
{
    snprintf(path, size, "%s/new.%ld", disk, (long)syscall(SYS_gettid));
    FILE *file = fopen(path, "w");
    if (!file)
        fail(path);
    return file;
}

static void put(FILE *file, const char *path, const char *name)
{
    char target[4096];
    snprintf(target, sizeof target, "%s/%s", disk, name);
    if (fclose(file) != 0 || rename(path, target) != 0)
        fail(target);
}

static void keep_file(int fd, const char *own)
{
    char id[64], path[4096], block[65536];
    if (identify(fd, "", AT_EMPTY_PATH, id, sizeof id) != 0)
        fail("statx");
    /* SQLite's locks end when any descriptor of a file is closed, so this one is
     * read; those that are open for writing alone are not SQLite's. */
    int from = fd;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY && (from = open(own, O_RDONLY)) < 0)
        fail(own);
    FILE *file = open_new(path, sizeof path);
    off_t at = 0;
    ssize_t got;
    while ((got = pread(from, block, sizeof block, at)) > 0) {
        if (fwrite(block, 1, got, file) != (size_t)got)
            fail(path);
        at += got;
    }
    if (got < 0)
        fail(own);
    if (from != fd)
        close(from);
    put(file, path, id);
}

static void keep_names(void)
{
    char id[64], path[4096];
    DIR *entries = opendir(folder);
    if (!entries)
        fail(folder);
    FILE *file = open_new(path, sizeof path);
    for (struct dirent *entry; (entry = readdir(entries));)
        if (entry->d_type == DT_REG &&
            identify(dirfd(entries), entry->d_name, 0, id, sizeof id) == 0)
            fprintf(file, "%s %s\n", id, entry->d_name);
    closedir(entries);
    put(file, path, "names");
}

static int sync_as(const char *name, int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = folder ? readlink(link, path, sizeof path - 1) : -1;
    size_t prefix = folder ? strlen(folder) : 0;
    if (length < (ssize_t)prefix || strncmp(path, folder, prefix) != 0) {
        int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
        return next(fd);
    }
    path[length] = 0;
    if (lies)
        return 0;
    if (path[prefix] == 0)
        keep_names();
    else if (path[prefix] == '/')
        keep_file(fd, path);
    return 0;
}

int fsync(int fd) { return sync_as("fsync", fd); }
int fdatasync(int fd) { return sync_as("fdatasync", fd); }
