/* A fuzz target without a fuzzer: every file of the folders given goes through it once.
 *
 *   replay FOLDER... */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/base/buffer.h"
#include "target.h"

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    struct buffer bytes;
    char chunk[4096];
    size_t len;
    buffer_init(&bytes);
    while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buffer_add(&bytes, chunk, len);
    fclose(file);
    uint8_t *exact = malloc(bytes.len == 0 ? 1 : bytes.len); /* a sanitizer sees where it ends */
    if (exact == NULL)
        exit(EXIT_FAILURE);
    if (bytes.len > 0)
        memcpy(exact, bytes.data, bytes.len);
    LLVMFuzzerTestOneInput(exact, bytes.len);
    free(exact);
    buffer_done(&bytes);
}

static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    int replayed = 0;
    if (folder == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char file[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        replay_file(file);
        replayed++;
    }
    closedir(folder);
    return replayed;
}

int main(int argc, char **argv)
{
    int replayed = 0;
    for (int i = 1; i < argc; i++)
        replayed += replay_folder(argv[i]);
    printf("%d inputs replayed\n", replayed);
    return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
