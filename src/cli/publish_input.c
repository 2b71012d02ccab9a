/* Files as one stream of lines. */
#include "publish_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stockfold/ingest/publish.h"

struct input_file {
    const char *name;
    FILE *file; /* NULL: it has ended */
    char *bytes;
    size_t cap;
    struct input_line line; /* the next one of it */
};

struct publish_input {
    struct arena arena;
    struct input_file *files;
    size_t files_n;
    struct input_file *given; /* whose line was given last: its next one is read first; NULL: none */
};

static void close_file(struct input_file *file)
{
    if (file->file != NULL && file->file != stdin)
        fclose(file->file);
    file->file = NULL;
}

static bool is_blank(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != ' ' && text.data[i] != '\t' && text.data[i] != '\r' && text.data[i] != '\n')
            return false;
    return true;
}

/* Programs on Windows begin a file with U+FEFF, as if UTF-8 had an order of bytes. */
static struct str skip_byte_order_mark(struct str text)
{
    bool marked = text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0;
    return marked ? (struct str){text.data + 3, text.len - 3} : text;
}

static int advance_file(struct publish_input *input, struct input_file *file, struct error *error)
{
    struct input_line *line = &file->line;
    ssize_t len;
    while ((len = getline(&file->bytes, &file->cap, file->file)) >= 0) {
        line->number++;
        line->text = (struct str){file->bytes, (size_t)len};
        if (len > 0 && file->bytes[len - 1] == '\n')
            line->text.len--;
        if (line->number == 1)
            line->text = skip_byte_order_mark(line->text);
        if (is_blank(line->text))
            continue;
        line->time = publish_time_of(line->text, &input->arena, &line->key_time);
        arena_reset(&input->arena, SIZE_MAX);
        return 0;
    }
    int code =
        ferror(file->file) ? error_set(error, ERROR_USAGE, "cannot read %s: %s", file->name, strerror(errno)) : 0;
    close_file(file);
    return code;
}

int publish_input_next(struct publish_input *input, struct input_line *ret_line, struct error *error)
{
    struct input_file *oldest = NULL;
    int code = input->given == NULL ? 0 : advance_file(input, input->given, error);
    if (code != 0)
        return code;
    for (size_t i = 0; i < input->files_n; i++) {
        struct input_file *file = &input->files[i];
        if (file->file != NULL && (oldest == NULL || file->line.time < oldest->line.time))
            oldest = file;
    }
    input->given = oldest;
    if (oldest == NULL)
        return 0;
    *ret_line = oldest->line;
    return 1;
}

static int open_file(struct input_file *file, struct error *error)
{
    file->file = strcmp(file->name, "-") == 0 ? stdin : fopen(file->name, "r");
    return file->file == NULL ? error_set(error, ERROR_USAGE, "cannot read %s: %s", file->name, strerror(errno)) : 0;
}

struct publish_input *publish_input_open(char **names, int names_n, struct error *error)
{
    size_t files_n = names_n == 0 ? 1 : (size_t)names_n;
    struct publish_input *input = calloc(1, sizeof(*input));
    struct input_file *files = calloc(files_n, sizeof(*files));
    if (input == NULL || files == NULL)
        error_out_of_memory();
    *input = (struct publish_input){.files = files, .files_n = files_n};
    arena_init(&input->arena);
    int code = 0;
    for (size_t i = 0; code == 0 && i < files_n; i++) {
        files[i].name = names_n == 0 ? "-" : names[i];
        files[i].line.file = (uint32_t)i;
        code = open_file(&files[i], error);
    }
    for (size_t i = 0; code == 0 && i < files_n; i++)
        code = advance_file(input, &files[i], error);
    if (code == 0)
        return input;
    publish_input_close(input);
    return NULL;
}

void publish_input_close(struct publish_input *input)
{
    if (input == NULL)
        return;
    for (size_t i = 0; i < input->files_n; i++) {
        close_file(&input->files[i]);
        free(input->files[i].bytes);
    }
    free(input->files);
    arena_done(&input->arena);
    free(input);
}

const char *publish_input_name(const struct publish_input *input, uint32_t file)
{
    return input->files[file].name;
}

/* --- spool ------------------------------------------------------------------------------------------------------ */

/* A file of lines, each behind its struct input_line, whose text is only a length there. */
struct line_spool {
    FILE *file;
    bool reading;
    char *bytes; /* of the line read last */
    size_t cap;
};

struct line_spool *line_spool_new(struct error *error)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    snprintf(path, sizeof(path), "%s/stockfold-lines-XXXXXX", folder == NULL || folder[0] == '\0' ? "/tmp" : folder);
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");
    if (file == NULL) {
        error_set(error, ERROR_OUTPUT, "cannot keep the input in %s: %s", path, strerror(errno));
        return NULL;
    }
    unlink(path);
    struct line_spool *spool = calloc(1, sizeof(*spool));
    if (spool == NULL)
        error_out_of_memory();
    spool->file = file;
    return spool;
}

void line_spool_free(struct line_spool *spool)
{
    if (spool == NULL)
        return;
    fclose(spool->file);
    free(spool->bytes);
    free(spool);
}

int line_spool_add(struct line_spool *spool, const struct input_line *line, struct error *error)
{
    if (fwrite(line, sizeof(*line), 1, spool->file) == 1 &&
        fwrite(line->text.data, 1, line->text.len, spool->file) == line->text.len)
        return 0;
    return error_set(error, ERROR_OUTPUT, "cannot keep the input in TMPDIR: %s", strerror(errno));
}

int line_spool_next(struct line_spool *spool, struct input_line *ret_line, struct error *error)
{
    bool lost = !spool->reading && fflush(spool->file) != 0;
    if (!spool->reading)
        rewind(spool->file);
    spool->reading = true;
    if (!lost && fread(ret_line, sizeof(*ret_line), 1, spool->file) != 1 && !ferror(spool->file))
        return 0;
    if (ret_line->text.len > spool->cap) {
        spool->cap = ret_line->text.len * 2;
        free(spool->bytes);
        spool->bytes = malloc(spool->cap);
        if (spool->bytes == NULL)
            error_out_of_memory();
    }
    ret_line->text.data = spool->bytes;
    if (!lost && fread(spool->bytes, 1, ret_line->text.len, spool->file) == ret_line->text.len)
        return 1;
    return error_set(error, ERROR_OUTPUT, "cannot read the input again from TMPDIR: %s", strerror(errno));
}
