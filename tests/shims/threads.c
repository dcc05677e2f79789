/* A system that has no thread more to give. With LD_PRELOAD, as many as THREADS
 * says are made, and each one after them is refused (EAGAIN). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int made;

int pthread_create(pthread_t *thread, const pthread_attr_t *about, void *(*begin)(void *), void *with)
{
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
        dlsym(RTLD_NEXT, "pthread_create");
    const char *most = getenv("THREADS");
    if (most && atomic_fetch_add(&made, 1) >= atoi(most))
        return EAGAIN;
    return real(thread, about, begin, with);
}
