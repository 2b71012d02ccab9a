/* Responsible for: sessions of OpenSSL. Not for: sockets, or when they are read and written (stream.c). */
#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <string.h>

struct tls {
    SSL_CTX *context;
    SSL *session;
    bool expects_name; /* the server's certificate is verified */
};

static const char *newest_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason == NULL ? "no reason given" : reason;
}

/* Returns NULL. */
static struct tls *refuse_tls(struct tls *tls, const char *what, const char *file, struct error *error)
{
    error_set(error, ERROR_USAGE, "TLS: %s%s%s: %s", what, file[0] == '\0' ? "" : " ", file, newest_reason());
    tls_free(tls);
    return NULL;
}

static bool is_number(const char *name)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool expect_name(SSL *session, const char *name)
{
    X509_VERIFY_PARAM *expected = SSL_get0_param(session);
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return is_number(name) ? X509_VERIFY_PARAM_set1_ip_asc(expected, name) == 1 : SSL_set1_host(session, name) == 1;
}

static bool trust(SSL_CTX *context, const char *ca_file)
{
    return ca_file[0] == '\0' ? SSL_CTX_set_default_verify_paths(context) == 1
                              : SSL_CTX_load_verify_locations(context, ca_file, NULL) == 1;
}

struct tls *tls_new(int fd, const struct link_tls *settings, const char *name, struct error *error)
{
    struct tls *tls = calloc(1, sizeof(*tls));
    if (tls == NULL)
        error_out_of_memory();
    ERR_clear_error();
    tls->context = SSL_CTX_new(TLS_client_method());
    if (tls->context == NULL)
        return refuse_tls(tls, "no context", "", error);
    SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
    /* A buffer that moves, or grows behind, is still the same bytes. */
    SSL_CTX_set_mode(tls->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    tls->expects_name = settings->verify;
    if (settings->verify && !trust(tls->context, settings->ca_file))
        return refuse_tls(tls, "cannot read CA file", settings->ca_file, error);
    SSL_CTX_set_verify(tls->context, settings->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    if (settings->cert_file[0] != '\0' && SSL_CTX_use_certificate_chain_file(tls->context, settings->cert_file) != 1)
        return refuse_tls(tls, "cannot read certificate", settings->cert_file, error);
    if (settings->key_file[0] != '\0' &&
        SSL_CTX_use_PrivateKey_file(tls->context, settings->key_file, SSL_FILETYPE_PEM) != 1)
        return refuse_tls(tls, "cannot read key", settings->key_file, error);
    tls->session = SSL_new(tls->context);
    if (tls->session == NULL || SSL_set_fd(tls->session, fd) != 1 ||
        (settings->verify && !expect_name(tls->session, name)) ||
        (!is_number(name) && SSL_set_tlsext_host_name(tls->session, name) != 1))
        return refuse_tls(tls, "no session for", name, error);
    SSL_set_connect_state(tls->session);
    return tls;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->session);
    SSL_CTX_free(tls->context);
    free(tls);
}

static void say_failure(const struct tls *tls, struct error *error)
{
    long verified = SSL_get_verify_result(tls->session);
    if (tls->expects_name && verified != X509_V_OK)
        error_set(error, ERROR_UNREACHABLE, "TLS: the server's certificate: %s",
                  X509_verify_cert_error_string(verified));
    else
        error_set(error, ERROR_UNREACHABLE, "TLS: %s", newest_reason());
}

/* -1 with errno, or 0: it ended in good order. */
static ssize_t explain(const struct tls *tls, int result, short *ret_waits_for, struct error *error)
{
    int problem = errno;
    switch (SSL_get_error(tls->session, result)) {
    case SSL_ERROR_WANT_READ:
        *ret_waits_for = POLLIN;
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_WANT_WRITE:
        *ret_waits_for = POLLOUT;
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_SYSCALL:
        errno = problem != 0 ? problem : ECONNRESET;
        return -1;
    default:
        say_failure(tls, error);
        errno = EPROTO;
        return -1;
    }
}

ssize_t tls_send(struct tls *tls, const void *bytes, size_t len, short *ret_waits_for, struct error *error)
{
    size_t sent;
    *ret_waits_for = 0;
    ERR_clear_error();
    int result = SSL_write_ex(tls->session, bytes, len, &sent);
    return result == 1 ? (ssize_t)sent : explain(tls, result, ret_waits_for, error);
}

ssize_t tls_recv(struct tls *tls, void *bytes, size_t len, short *ret_waits_for, struct error *error)
{
    size_t got;
    *ret_waits_for = 0;
    ERR_clear_error();
    int result = SSL_read_ex(tls->session, bytes, len, &got);
    return result == 1 ? (ssize_t)got : explain(tls, result, ret_waits_for, error);
}
