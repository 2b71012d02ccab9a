/* External merge sort. A run is a file of (16-bit length, bytes), ascending, none twice. */
#include "sort.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stockfold/base/buffer.h"

enum { RUN_BYTES = 8 * 1024 * 1024, RUN_TEXTS = 512 * 1024, TEXT_MAX = UINT16_MAX };

struct run {
    FILE *file;
    struct buffer head; /* its smallest string that was not merged yet */
    bool over;
};

struct sorter {
    struct buffer bytes; /* of the run being gathered */
    uint32_t *starts;    /* of its strings, each a length and its bytes */
    size_t starts_n;
    struct run *runs;
    size_t runs_n;
    struct buffer last; /* handed out by sorter_next() */
    bool any;
};

struct sorter *sorter_new(void)
{
    struct sorter *sorter = calloc(1, sizeof(*sorter));
    if (sorter == NULL || (sorter->starts = malloc(RUN_TEXTS * sizeof(*sorter->starts))) == NULL)
        error_out_of_memory();
    return sorter;
}

void sorter_free(struct sorter *sorter)
{
    if (sorter == NULL)
        return;
    for (size_t i = 0; i < sorter->runs_n; i++) {
        fclose(sorter->runs[i].file);
        buffer_done(&sorter->runs[i].head);
    }
    free(sorter->runs);
    free(sorter->starts);
    buffer_done(&sorter->bytes);
    buffer_done(&sorter->last);
    free(sorter);
}

/* --- making runs ------------------------------------------------------------------------------------------------- */

static struct str text_at(const char *bytes, uint32_t start)
{
    uint16_t len;
    memcpy(&len, bytes + start, sizeof(len));
    return (struct str){bytes + start + sizeof(len), len};
}

static int compare_starts(const void *a, const void *b, void *bytes)
{
    return str_compare(text_at(bytes, *(const uint32_t *)a), text_at(bytes, *(const uint32_t *)b));
}

static int failed(struct error *error, const char *what)
{
    return error_set(error, ERROR_OUTPUT, "%s a temporary file: %s", what, strerror(errno));
}

static FILE *temporary_file(void)
{
    const char *folder = getenv("TMPDIR");
    struct buffer name;
    buffer_init(&name);
    buffer_add_format(&name, "%s/stockfold-XXXXXX", folder == NULL || folder[0] == '\0' ? "/tmp" : folder);
    buffer_add_byte(&name, '\0');
    int fd = mkstemp(name.data);
    if (fd >= 0)
        unlink(name.data);
    buffer_done(&name);
    return fd < 0 ? NULL : fdopen(fd, "w+");
}

static int write_run(struct sorter *sorter, struct error *error)
{
    if (sorter->starts_n == 0)
        return 0;
    FILE *file = temporary_file();
    if (file == NULL)
        return failed(error, "cannot make");
    sorter->runs = realloc(sorter->runs, (sorter->runs_n + 1) * sizeof(*sorter->runs));
    if (sorter->runs == NULL)
        error_out_of_memory();
    sorter->runs[sorter->runs_n++] = (struct run){.file = file};
    qsort_r(sorter->starts, sorter->starts_n, sizeof(*sorter->starts), compare_starts, sorter->bytes.data);
    for (size_t i = 0; i < sorter->starts_n; i++) {
        struct str text = text_at(sorter->bytes.data, sorter->starts[i]);
        fwrite(text.data - sizeof(uint16_t), 1, text.len + sizeof(uint16_t), file);
    }
    sorter->bytes.len = sorter->starts_n = 0;
    return fflush(file) != 0 || ferror(file) ? failed(error, "cannot write") : 0;
}

int sorter_add(struct sorter *sorter, struct str text, struct error *error)
{
    if (text.len > TEXT_MAX)
        return error_set(error, ERROR_STATE, "a string of %zu bytes is too long to sort", text.len);
    if (sorter->starts_n == RUN_TEXTS || sorter->bytes.len + text.len + sizeof(uint16_t) > RUN_BYTES) {
        int code = write_run(sorter, error);
        if (code != 0)
            return code;
    }
    uint16_t len = (uint16_t)text.len;
    sorter->starts[sorter->starts_n++] = (uint32_t)sorter->bytes.len;
    buffer_add(&sorter->bytes, &len, sizeof(len));
    buffer_add(&sorter->bytes, text.data, text.len);
    return 0;
}

/* --- merging ----------------------------------------------------------------------------------------------------- */

static void read_head(struct run *run)
{
    uint16_t len;
    run->head.len = 0;
    run->over = fread(&len, sizeof(len), 1, run->file) != 1;
    if (run->over)
        return;
    buffer_reserve(&run->head, len);
    run->head.len = fread(run->head.data, 1, len, run->file);
}

int sorter_finish(struct sorter *sorter, struct error *error)
{
    int code = write_run(sorter, error);
    if (code != 0)
        return code;
    buffer_done(&sorter->bytes);
    free(sorter->starts);
    sorter->starts = NULL;
    for (size_t i = 0; i < sorter->runs_n; i++) {
        rewind(sorter->runs[i].file);
        read_head(&sorter->runs[i]);
    }
    return 0;
}

static struct str head_of(const struct run *run)
{
    return (struct str){run->head.data, run->head.len};
}

static struct run *smallest(struct sorter *sorter)
{
    struct run *least = NULL;
    for (size_t i = 0; i < sorter->runs_n; i++) {
        struct run *run = &sorter->runs[i];
        if (!run->over && (least == NULL || str_compare(head_of(run), head_of(least)) < 0))
            least = run;
    }
    return least;
}

/* A run that ends because its file cannot be read would cut the order short in silence. */
static bool all_read(const struct sorter *sorter, struct error *error)
{
    for (size_t i = 0; i < sorter->runs_n; i++)
        if (ferror(sorter->runs[i].file)) {
            failed(error, "cannot read");
            return false;
        }
    return true;
}

bool sorter_next(struct sorter *sorter, struct str *ret_text, struct error *error)
{
    for (;;) {
        struct run *run = smallest(sorter);
        if (!all_read(sorter, error) || run == NULL)
            return false;
        bool repeated = sorter->any && str_equal(head_of(run), (struct str){sorter->last.data, sorter->last.len});
        struct buffer swapped = sorter->last;
        sorter->last = run->head;
        run->head = swapped;
        sorter->any = true;
        read_head(run);
        if (repeated)
            continue;
        *ret_text = (struct str){sorter->last.data, sorter->last.len};
        return true;
    }
}
