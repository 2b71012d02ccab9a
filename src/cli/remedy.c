/* What to do about a server that cannot be reached: a table of causes as the libraries word them. */
#include "remedy.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *server, *cause, *remedy; /* parts of the message; "" is in any */
} remedies[] = {
    {"Redis", "NOAUTH", "set its password: redis.url = redis://[user:]password@..., or redis.password_file"},
    {"Redis", "WRONGPASS", "another user or password: see redis.url and redis.password_file"},
    {"Redis", "AUTH", "another user or password: see redis.url and redis.password_file"},
    {"Redis", "NOPERM", "give its user what config/redis.acl has"},
    {"Redis", "certificate", "set redis.tls_ca_file, and redis.tls_server_name if its certificate has another name"},
    {"Redis", "replica", "set redis.url to the master"},
    {"Redis", "in time over TLS", "start it; if its port has no TLS, redis.url = redis://..., or name its tls-port"},
    {"Redis", "wrong version number", "its port has no TLS: redis.url = redis://..., or name its tls-port"},
    {"Redis", "closed", "see its log; a port with TLS takes redis.url = rediss://... only"},
    {"Redis", "reset", "see its log; a port with TLS takes redis.url = rediss://... only"},
    {"Redis", "LOADING", "wait until it has loaded its data"},
    {"Redis", "", "start it, or set redis.url"},
    {"Kafka", "failed to resolve", "see the name in kafka.bootstrap.servers"},
    {"Kafka", "certificate verify",
     "set kafka.ssl.ca.location to the CA that signed its certificate, which must be for the name that "
     "kafka.bootstrap.servers has"},
    {"Kafka", "authentication failed", "set kafka.sasl.username and .password as the broker has them"},
    {"Kafka", "unsupported SASL mechanism", "set kafka.sasl.mechanism to one that the broker has"},
    {"Kafka", "current SASL state", "its listener takes no password: set kafka.security.protocol without SASL"},
    {"Kafka", "require SASL",
     "set kafka.security.protocol = SASL_SSL (SASL_PLAINTEXT without TLS), kafka.sasl.mechanism, .username and "
     ".password"},
    {"Kafka", "to a SSL listener", "its port has TLS: set kafka.security.protocol = SSL, or SASL_SSL with a password"},
    {"Kafka", "to a PLAINTEXT broker",
     "its port has no TLS: set kafka.security.protocol without SSL, or name its TLS port"},
    {"Kafka", "unexpected eof", "its port has no TLS: set kafka.security.protocol without SSL, or name its TLS port"},
    {"Kafka", "wrong version number",
     "its port has no TLS: set kafka.security.protocol without SSL, or name its TLS port"},
    {"Kafka", "certificate",
     "set kafka.ssl.certificate.location and kafka.ssl.key.location: it asks for a certificate"},
    {"Kafka", "SSL", "compare kafka.ssl.* with the broker's, and see its log"},
    {"Kafka", "disconnected",
     "set kafka.security.protocol as its listener has it (with SSL or without, with SASL or without), and see its log"},
    {"Kafka", "authoriz", "give the user the rights for the topics and the group"},
    {"Kafka", "", "start it, or set kafka.bootstrap.servers"},
};

/* An address is no cause: sasl_ssl://broker:9093 is in whatever goes wrong there. */
static const char *skip_protocol(const char *trouble)
{
    const char *address = strstr(trouble, "://");
    return address == NULL ? trouble : address;
}

const char *remedy_of(const struct error *error)
{
    if (error->code != ERROR_UNREACHABLE && error->code != ERROR_STATE)
        return NULL;
    const char *cause = skip_protocol(error->text);
    for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
        bool fits = strstr(error->text, remedies[i].server) != NULL && strcasestr(cause, remedies[i].cause) != NULL;
        if (fits && (error->code == ERROR_UNREACHABLE || remedies[i].cause[0] != '\0'))
            return strstr(error->text, remedies[i].remedy) == NULL ? remedies[i].remedy : NULL;
    }
    return NULL;
}
