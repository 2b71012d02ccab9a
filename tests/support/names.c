/* Preloaded into programs under test: a host whose name ends in .test is what the file $STOCKFOLD_TEST_NAMES says: an
 * address; "none": there is no such host; "stuck": it takes until the file says something else. */
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int lookup_fn(const char *host, const char *port, const struct addrinfo *wanted, struct addrinfo **found);

static char path[4096];

/* At once: workers of nginx have no environment. */
__attribute__((constructor)) static void keep_path(void)
{
    const char *named = getenv("STOCKFOLD_TEST_NAMES");
    snprintf(path, sizeof(path), "%s", named == NULL ? "" : named);
}

static void read_names(char ret_address[64])
{
    FILE *file = fopen(path, "r");
    ret_address[0] = '\0';
    if (file == NULL)
        return;
    if (fgets(ret_address, 64, file) == NULL)
        ret_address[0] = '\0';
    ret_address[strcspn(ret_address, "\n")] = '\0';
    fclose(file);
}

static int is_ours(const char *host, const struct addrinfo *wanted)
{
    size_t len = host == NULL ? 0 : strlen(host);
    return len > 5 && strcmp(host + len - 5, ".test") == 0 &&
           (wanted == NULL || (wanted->ai_flags & AI_NUMERICHOST) == 0);
}

__attribute__((visibility("default"))) int getaddrinfo(const char *host, const char *port,
                                                       const struct addrinfo *wanted, struct addrinfo **found)
{
    char address[64];
    lookup_fn *lookup;
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&lookup, &symbol, sizeof(lookup));
    if (!is_ours(host, wanted))
        return lookup(host, port, wanted, found);
    for (read_names(address); strcmp(address, "stuck") == 0; read_names(address))
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    return strcmp(address, "none") == 0 ? EAI_NONAME : lookup(address, port, wanted, found);
}
