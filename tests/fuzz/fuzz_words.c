/* Any bytes as a title and as a query: words are clean UTF-8 of bounded length, sorted, each once; a text finds itself. */
#include "stockfold/codec/utf8.h"
#include "stockfold/codec/words.h"
#include "target.h"

static struct arena arena;

static void must_be_a_word(struct str word)
{
    MUST(word.len > 0 && word.len <= WORD_BYTES_MAX);
    const unsigned char *at = (const unsigned char *)word.data, *end = at + word.len;
    for (size_t len; at < end; at += len) {
        len = utf8_length(at, end);
        MUST(len > 0 && !utf8_control(at, end) && *at != ' ' && *at != '=');
    }
    struct str start = word_start(word);
    MUST(start.len > 0 && start.len <= word.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct words words;
    struct word_query query;
    struct word_term terms[WORD_TERMS_MAX];
    words_of(text, &arena, &words);
    for (size_t i = 0; i < words.n; i++) {
        must_be_a_word(words.word[i]);
        MUST(i == 0 || str_compare(words.word[i - 1], words.word[i]) < 0);
    }
    word_query_read(text, &arena, &query);
    MUST((query.n == 0) == (words.n == 0));
    MUST(query.n == 0 || word_query_matches(&query, &words));
    for (size_t i = 0; i < query.n; i++)
        MUST(word_query_terms(&query, i, terms) > 0);
    struct str name = words_name(text, &arena);
    MUST(name.len > 0 && name.data[0] == '=');
    arena_reset(&arena, 1 << 20);
    return 0;
}
