/* A resolver that the test speaks for. With LD_PRELOAD the name relay.test has
 * the addresses in ADDRESSES, with commas between them, or fails as FAILS says:
 * "none" (NXDOMAIN) or "again" (SERVFAIL, or no answer). Each question leaves a
 * byte in the file ASKED. With UNTIL, so many of them fail and no more. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static off_t asked(void)
{
    struct stat about = {0};
    int file = open(getenv("ASKED"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || write(file, "?", 1) != 1)
        abort();
    fstat(file, &about);
    close(file);
    return about.st_size;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        dlsym(RTLD_NEXT, "getaddrinfo");
    if (!name || strcmp(name, "relay.test"))
        return real(name, service, hints, found);
    off_t times = asked();
    const char *fails = getenv("FAILS"), *until = getenv("UNTIL");
    if (fails && (!until || times <= atoll(until)))
        return strcmp(fails, "none") ? EAI_AGAIN : EAI_NONAME;
    struct addrinfo **end = found;
    char *addresses = strdup(getenv("ADDRESSES")), *rest;
    for (char *one = strtok_r(addresses, ",", &rest); one; one = strtok_r(NULL, ",", &rest)) {
        int failed = real(one, service, hints, end);
        if (failed)
            return failed;
        while (*end)
            end = &(*end)->ai_next;
    }
    free(addresses);
    return 0;
}
