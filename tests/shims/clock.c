/* A clock that the test moves. With LD_PRELOAD the program lives HASTE times as
 * fast, so that ten minutes are seconds: what it is told of the time, and how
 * long it sleeps, agree. In the file OFFSET stand the seconds by which the wall
 * clock is wrong; it is read each time, and so the clock jumps when it is written. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static long long haste = 1;
static const char *offset;
static long long began[2]; /* the wall clock and the monotonic one, in ns */

static int (*real_gettime)(clockid_t, struct timespec *);
static int (*real_epoll)(int, struct epoll_event *, int, int);
static int (*real_sleep)(clockid_t, int, const struct timespec *, struct timespec *);

static long long now(clockid_t clock)
{
    struct timespec at;
    real_gettime(clock, &at);
    return at.tv_sec * SECOND + at.tv_nsec;
}

__attribute__((constructor)) static void begin(void)
{
    real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_epoll = dlsym(RTLD_NEXT, "epoll_wait");
    real_sleep = dlsym(RTLD_NEXT, "clock_nanosleep");
    if (getenv("HASTE"))
        haste = atoll(getenv("HASTE"));
    offset = getenv("OFFSET");
    began[0] = now(CLOCK_REALTIME);
    began[1] = now(CLOCK_MONOTONIC);
}

static long long wrong_by(void)
{
    char text[32];
    int file = offset ? open(offset, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    text[length > 0 ? length : 0] = 0;
    return atoll(text) * SECOND;
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
    if (!real_gettime || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return real_gettime ? real_gettime(clock, at) : -1;
    int which = clock == CLOCK_MONOTONIC;
    long long told = began[which] + (now(clock) - began[which]) * haste;
    if (!which)
        told += wrong_by();
    at->tv_sec = told / SECOND;
    at->tv_nsec = told % SECOND;
    return 0;
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    if (timeout > 0)
        timeout = (timeout + haste - 1) / haste;
    return real_epoll(epoll, events, most, timeout);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *rest)
{
    if (flags & TIMER_ABSTIME)
        return real_sleep(clock, flags, time, rest);
    long long length = (time->tv_sec * SECOND + time->tv_nsec) / haste;
    struct timespec shorter = {length / SECOND, length % SECOND};
    return real_sleep(clock, flags, &shorter, rest);
}

int nanosleep(const struct timespec *time, struct timespec *rest)
{
    return clock_nanosleep(CLOCK_MONOTONIC, 0, time, rest) ? -1 : 0;
}

int usleep(useconds_t time)
{
    struct timespec length = {time / 1000000, time % 1000000 * 1000};
    return nanosleep(&length, NULL);
}
