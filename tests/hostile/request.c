/* What hostile clients send. */
#include "request.h"

static const char *const known[] = {
    "ZR-7745-M-BLK", "ZR-7745-L-BLK", "ZR-7745", "store-014", "store-015", "store-016",     "web",
    "no-stock",      "no-document",   "linen",   "2",         "women",     "08435678901234"};
static const char *const escapes[] = {"%41",    "%2F",          "%3A", "%20",    "%00", "%0a",    "%7f", "%",
                                      "%4",     "%zz",          "%ff", "%c3%a9", "+",   "%c3%28", "%25", "%ed%a0%80",
                                      "%e2%82", "%f4%90%80%80", "..",  "%2e%2e", ";",   ":",      "::",  "%c0%af"};
static const char *const numbers[] = {"0",     "1",    "-1",   "20",  "200",  "201",  "1001",  "99999999999999999999",
                                      "1e999", "1.5",  "nan",  "inf", "0x10", "40.4", "-3.7",  "-0",
                                      "91",    "-181", "1e-9", " 1",  "+1",   "007",  "20100", "9223372036854775808"};
static const char *const names[] = {"sku", "style",  "node",  "gtin", "q",     "item",   "lat",   "lon",
                                    "k",   "max_km", "floor", "zone", "limit", "cursor", "after", "key"};
static const char *const paths[] = {"/v1/items/",  "/v1/items",         "/v1/availability",  "/v1/nearby",
                                    "/v1/styles/", "/v1/nodes",         "/v1/nodes/",        "/healthz",
                                    "/readyz",     "/metrics",          "/openapi.json",     "/",
                                    "/v1",         "/v2/items",         "/problem",          "/v1/./nodes",
                                    "//v1//nodes", "/v1/../etc/passwd", "/v1/nodes/../../.."};
static const char *const methods[] = {"GET",  "GET",     "GET",    "GET", "GET",   "HEAD",
                                      "POST", "OPTIONS", "DELETE", "PUT", "PATCH", "PROPFIND"};

static void add_text(struct buffer *out, const char *text)
{
    buffer_add(out, text, strlen(text));
}

static void add_times(struct buffer *out, char byte, uint32_t times)
{
    buffer_reserve(out, times);
    memset(out->data + out->len, byte, times);
    out->len += times;
}

/* --- targets ----------------------------------------------------------------------------------------------------- */

/* Bytes that a request line may hold. */
static void add_word(struct dice *dice, struct buffer *out)
{
    switch (dice_roll(dice, 8)) {
    case 0:
        for (uint32_t i = dice_roll(dice, 80); i > 0; i--)
            buffer_add_byte(out, (char)('!' + dice_roll(dice, '~' - '!')));
        break;
    case 1:
        for (uint32_t i = dice_roll(dice, 6) + 1; i > 0; i--)
            add_text(out, DICE_PICK(dice, escapes));
        break;
    case 2:
        add_text(out, DICE_PICK(dice, numbers));
        break;
    case 3:
        for (uint32_t i = dice_roll(dice, 12); i > 0; i--)
            buffer_add_byte(out, (char)(0x80 + dice_roll(dice, 0x80)));
        break;
    case 4:
        add_times(out, 'a', dice_one_in(dice, 20) ? dice_roll(dice, 15000) : dice_roll(dice, 300));
        break;
    default:
        add_text(out, DICE_PICK(dice, known));
    }
}

static void add_pair(struct dice *dice, struct buffer *out)
{
    if (dice_one_in(dice, 12))
        add_word(dice, out);
    else
        add_text(out, DICE_PICK(dice, names));
    if (dice_one_in(dice, 30))
        return;
    buffer_add_byte(out, '=');
    if (dice_one_in(dice, 3))
        add_text(out, DICE_PICK(dice, numbers));
    else
        add_word(dice, out);
}

/* Waits that are short, or longer than is allowed. */
static void add_after(struct dice *dice, struct buffer *out)
{
    static const char *const afters[] = {
        "openapi.stock.store:0:0",        "t:0:99999999",           "stock.store:3:8841", "t:0:", "::",
        "hostile.stock.store:1:99999999", "hostile.stock.store:0:0"};
    static const char *const waits[] = {"0", "5", "20", "30001", "600001", "-1"};
    buffer_add_format(out, "&after=%s&wait_ms=%s", DICE_PICK(dice, afters), DICE_PICK(dice, waits));
}

static void add_query(struct dice *dice, struct buffer *out)
{
    uint32_t pairs = dice_one_in(dice, 100) ? dice_roll(dice, 400) : dice_roll(dice, 6);
    buffer_add_byte(out, '?');
    for (uint32_t i = 0; i < pairs; i++) {
        if (i > 0)
            buffer_add_byte(out, '&');
        add_pair(dice, out);
    }
    if (dice_one_in(dice, 10))
        add_after(dice, out);
}

/* One that is answered with 200 when nothing is done to it. */
static void add_good_target(struct dice *dice, struct buffer *out)
{
    static const char *const targets[] = {
        "/v1/items/ZR-7745-M-BLK",
        "/v1/items?gtin=08435678901234",
        "/v1/items?q=linen+shirt",
        "/v1/items?style=ZR-7745&limit=1",
        "/v1/availability?sku=ZR-7745-M-BLK&node=store-014",
        "/v1/availability?sku=ZR-7745-M-BLK",
        "/v1/availability?style=ZR-7745&node=web&node=store-014",
        "/v1/items/ZR-7745-M-BLK/locate?node=store-014",
        "/v1/nearby?item=ZR-7745-M-BLK:2&lat=40.42&lon=-3.7",
        "/v1/nearby?item=ZR-7745-M-BLK&item=ZR-7745-L-BLK&node=store-014&k=3",
        "/v1/styles/ZR-7745?node=store-014",
        "/v1/nodes?limit=2",
        "/v1/nodes/store-014",
        "/v1/nodes/store-014/stock?floor=2&zone=women",
    };
    add_text(out, DICE_PICK(dice, targets));
}

static void add_target(struct dice *dice, struct buffer *out)
{
    if (dice_one_in(dice, 20))
        add_text(out, DICE_PICK(dice, ((const char *const[]){"http://stock.example.com", "HTTP://[::1]:65536",
                                                             "https://a@b:1", "http://a%2f"})));
    if (dice_one_in(dice, 3)) {
        add_good_target(dice, out);
        if (dice_one_in(dice, 3)) {
            buffer_add_byte(out, '&');
            add_pair(dice, out);
        }
        return;
    }
    add_text(out, DICE_PICK(dice, paths));
    if (dice_one_in(dice, 2))
        add_word(dice, out);
    if (dice_one_in(dice, 4))
        add_text(out, DICE_PICK(dice, ((const char *const[]){"/locate", "/stock", "/", "//", "/stock/", "#"})));
    if (!dice_one_in(dice, 3))
        add_query(dice, out);
}

/* --- headers ----------------------------------------------------------------------------------------------------- */

static void add_header(struct dice *dice, struct buffer *out)
{
    static const char *const headers[] = {"If-None-Match: *",
                                          "If-None-Match: \"0123456789abcdef\", W/\"x\"",
                                          "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
                                          "If-Match: \"x\"",
                                          "Origin: https://shop.example.com",
                                          "Origin: null",
                                          "Access-Control-Request-Method: GET",
                                          "Accept-Encoding: gzip",
                                          "Accept-Encoding: gzip;q=0, br",
                                          "Range: bytes=0-5,-1",
                                          "Authorization: Bearer \x01\x02",
                                          "Authorization:",
                                          "Content-Type: text/html; charset=utf-7",
                                          "Upgrade: h2c",
                                          "Connection: Upgrade, HTTP2-Settings",
                                          "Cookie: a=b; c",
                                          "X_Under_Score: 1",
                                          "X-Forwarded-For: 127.0.0.1, , '\"><script>",
                                          "Accept: application/\xff",
                                          "TE: trailers",
                                          "Keep-Alive: timeout=0"};
    add_text(out, DICE_PICK(dice, headers));
    add_text(out, "\r\n");
}

static void add_headers(struct dice *dice, struct buffer *out)
{
    for (uint32_t i = dice_one_in(dice, 60) ? dice_roll(dice, 100) : dice_roll(dice, 3); i > 0; i--)
        add_header(dice, out);
    if (dice_one_in(dice, 100)) {
        add_text(out, "X-Long: ");
        add_times(out, 'x', dice_roll(dice, 15000));
        add_text(out, "\r\n");
    }
}

/* --- bodies ------------------------------------------------------------------------------------------------------ */

static void add_pairs(struct buffer *out, uint32_t pairs)
{
    add_text(out, "{\"pairs\":[");
    for (uint32_t i = 0; i < pairs; i++)
        buffer_add_format(out, "%s[\"%s\",\"%s\"]", i == 0 ? "" : ",", known[i % 3], known[3 + i % 4]);
    add_text(out, "]}");
}

static void add_deep(struct dice *dice, struct buffer *out)
{
    uint32_t depth = dice_one_in(dice, 10) ? 1000000 : dice_roll(dice, 5000);
    add_text(out, DICE_PICK(dice, ((const char *const[]){"", "{\"pairs\":", "{\"skus\":[\"a\"],\"nodes\":"})));
    if (dice_one_in(dice, 2))
        add_times(out, '[', depth);
    else
        for (uint32_t i = 0; i < depth / 5; i++)
            add_text(out, "{\"a\":");
}

static void add_values(struct dice *dice, struct buffer *out)
{
    static const char *const values[] = {"1,", "[],", "\"a\",", "{\"a\":[]},"};
    const char *value = DICE_PICK(dice, values);
    add_text(out, DICE_PICK(dice, ((const char *const[]){"[", "{\"pairs\":[", "{\"skus\":["})));
    for (uint32_t i = dice_roll(dice, 200000); i > 0; i--)
        add_text(out, value);
    add_text(out, "1]}");
}

static void add_noise(struct dice *dice, struct buffer *out, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        buffer_add_byte(out, (char)dice_roll(dice, 256));
}

static void add_body(struct dice *dice, struct buffer *out)
{
    static const char *const odd[] = {"",
                                      "{",
                                      "null",
                                      "[]",
                                      "\xef\xbb\xbf{}",
                                      "{\"pairs\":{}}",
                                      "{\"pairs\":[[\"a\"]]}",
                                      "{\"pairs\":[[1,2]]}",
                                      "{\"pairs\":[[\"a\",\"b\",\"c\"]]}",
                                      "{\"pairs\":[],\"pairs\":[]}",
                                      "{\"pairs\":[[\"\\u0000\",\"\\ud800\"]]}",
                                      "{\"skus\":[\"a\"]}",
                                      "{\"skus\":[\"a\",\"a\"],\"nodes\":[\"store-014\"],\"x\":1e400}",
                                      "{\"skus\":[\"\xff\"],\"nodes\":[\"b\"]}",
                                      "{\"pairs\":[[\"ZR-7745-M-BLK\",\"store-014\"]]} x"};
    switch (dice_roll(dice, 60)) {
    case 0:
        add_pairs(out, 10001);
        break;
    case 1:
        add_pairs(out, dice_roll(dice, 10001));
        break;
    case 2:
        add_deep(dice, out);
        break;
    case 4:
        add_values(dice, out);
        break;
    case 3:
        add_times(out, dice_one_in(dice, 2) ? ' ' : '"', 2 * 1024 * 1024 + dice_roll(dice, 3) - 1);
        break;
    default:
        if (dice_one_in(dice, 4))
            add_noise(dice, out, dice_roll(dice, 200));
        else if (dice_one_in(dice, 2))
            add_pairs(out, dice_roll(dice, 40));
        else
            add_text(out, DICE_PICK(dice, odd));
    }
}

static void add_chunked(struct dice *dice, const struct buffer *body, struct buffer *out)
{
    add_text(out, "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < body->len;) {
        size_t len = 1 + dice_roll(dice, body->len > 4096 ? 65536 : 64);
        len = len < body->len - at ? len : body->len - at;
        buffer_add_format(out, dice_one_in(dice, 4) ? "%04zX;a=b\r\n" : "%zx\r\n", len);
        buffer_add(out, body->data + at, len);
        add_text(out, "\r\n");
        at += len;
    }
    add_text(out, dice_one_in(dice, 4) ? "0\r\nTrailer: 1\r\n\r\n" : "0\r\n\r\n");
}

static void add_framed_body(struct dice *dice, struct buffer *out)
{
    struct buffer body;
    buffer_init(&body);
    add_body(dice, &body);
    if (dice_one_in(dice, 3)) {
        add_chunked(dice, &body, out);
    } else {
        buffer_add_format(out, "Content-Length: %zu\r\n\r\n", body.len);
        buffer_add(out, body.data, body.len);
    }
    buffer_done(&body);
}

/* --- requests ---------------------------------------------------------------------------------------------------- */

bool request_add_framed(struct dice *dice, struct buffer *out)
{
    const char *method = DICE_PICK(dice, methods);
    bool is_post = strcmp(method, "POST") == 0;
    add_text(out, method);
    buffer_add_byte(out, ' ');
    if (is_post && !dice_one_in(dice, 5))
        add_text(out, "/v1/availability");
    else
        add_target(dice, out);
    add_text(out, dice_one_in(dice, 40) ? " HTTP/1.0\r\n" : " HTTP/1.1\r\nHost: stock.example.com\r\n");
    add_headers(dice, out);
    if (is_post || dice_one_in(dice, 50))
        add_framed_body(dice, out);
    else
        add_text(out, "\r\n");
    return strcmp(method, "HEAD") == 0;
}

static void add_lie(struct dice *dice, struct buffer *out)
{
    static const char *const lies[] = {"Content-Length: 1073741824\r\n\r\n",
                                       "Content-Length: 100\r\n\r\n{\"pairs\"",
                                       "Content-Length: -1\r\n\r\n{}",
                                       "Content-Length: 99999999999999999999\r\n\r\n{}",
                                       "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
                                       "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                                       "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
                                       "Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n{}",
                                       "Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
                                       "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
                                       "Transfer-Encoding: chunked\r\n\r\n2\r\n{}",
                                       "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
                                       "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                                       "Transfer-Encoding: identity\r\n\r\n{}",
                                       "Expect: 100-continue\r\nContent-Length: 20\r\n\r\n",
                                       "Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}"};
    add_text(out, dice_one_in(dice, 4) ? "GET /v1/nodes" : "POST /v1/availability");
    add_text(out, " HTTP/1.1\r\nHost: a\r\n");
    add_text(out, DICE_PICK(dice, lies));
    if (dice_one_in(dice, 4))
        add_noise(dice, out, dice_roll(dice, 20000));
}

static void add_odd_head(struct dice *dice, struct buffer *out)
{
    static const char *const heads[] = {"GET /v1/nodes\r\n",
                                        "GET /v1/nodes HTTP/0.9\r\n\r\n",
                                        "GET /v1/nodes HTTP/2.0\r\nHost: a\r\n\r\n",
                                        "GET /v1/nodes HTTP/1.9999999999\r\n\r\n",
                                        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                                        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "GET /v1/nodes HTTP/1.1\r\n\r\n",
                                        "GET /v1/nodes HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                                        "GET /v1/nodes HTTP/1.1\r\nHost: a b/\\\r\n\r\n",
                                        "GET /v1/nodes HTTP/1.1\r\n Host: folded\r\n\r\n",
                                        "GET  /v1/nodes  HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "get /v1/nodes HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "GET v1/nodes HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "GET /v1/no des HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "GET ?sku=a HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "GET http:// HTTP/1.1\r\nHost: a\r\n\r\n",
                                        "\r\n\r\n\r\n\r\n",
                                        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"};
    add_text(out, DICE_PICK(dice, heads));
}

static void add_too_long(struct dice *dice, struct buffer *out)
{
    add_text(out, "GET /v1/availability?sku=");
    if (dice_one_in(dice, 2)) {
        add_times(out, 'a', 16000 + dice_roll(dice, 60000));
        add_text(out, " HTTP/1.1\r\nHost: a\r\n\r\n");
        return;
    }
    add_text(out, "a HTTP/1.1\r\nHost: a\r\n");
    for (uint32_t i = dice_roll(dice, 3000); i > 0; i--)
        buffer_add_format(out, "X-%u: %u\r\n", i, i);
    add_text(out, "X-Long: ");
    add_times(out, 'x', 16000 + dice_roll(dice, 60000));
    add_text(out, "\r\n\r\n");
}

/* A framed one, of which some bytes are others, or there twice, or gone. */
static void add_mutated(struct dice *dice, struct buffer *out)
{
    size_t from = out->len;
    request_add_framed(dice, out);
    for (uint32_t i = dice_roll(dice, 5) + 1; i > 0 && out->len > from; i--) {
        uint32_t len = (uint32_t)(out->len - from);
        size_t at = from + dice_roll(dice, len < 300 || dice_one_in(dice, 4) ? len : 300);
        if (dice_one_in(dice, 4)) {
            out->len--;
            memmove(out->data + at, out->data + at + 1, out->len - at);
        } else {
            out->data[at] = dice_one_in(dice, 3) ? DICE_PICK(dice, "\0\n\r :%?\t") : (char)dice_roll(dice, 256);
        }
    }
}

void request_add_broken(struct dice *dice, struct buffer *out)
{
    switch (dice_roll(dice, 8)) {
    case 0:
        add_noise(dice, out, dice_roll(dice, 3000));
        break;
    case 1:
        add_odd_head(dice, out);
        break;
    case 2:
        add_too_long(dice, out);
        break;
    case 3:
    case 4:
        add_lie(dice, out);
        break;
    default:
        add_mutated(dice, out);
    }
}

void request_add_large(struct dice *dice, struct buffer *out)
{
    struct buffer body;
    buffer_init(&body);
    add_pairs(&body, 9000 + dice_roll(dice, 1001));
    buffer_add_format(out, "POST /v1/availability HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", body.len);
    buffer_add(out, body.data, body.len);
    buffer_done(&body);
}
