/* What to do about a server that cannot be reached: a table of causes as the libraries word them. */
#include "check.h"

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
    {"Kafka", "SASL",
     "set kafka.security.protocol, kafka.sasl.mechanism, .username and .password as its listener has "
     "them"},
    {"Kafka", "certificate", "set kafka.ssl.ca.location"},
    {"Kafka", "SSL", "set kafka.security.protocol as its listener has it, and kafka.ssl.ca.location"},
    {"Kafka", "security.protocol", "set kafka.security.protocol as its listener has it"},
    {"Kafka", "authoriz", "give the user the rights for the topics and the group"},
    {"Kafka", "", "start it, or set kafka.bootstrap.servers"},
};

const char *check_remedy(const char *trouble)
{
    for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
        if (strstr(trouble, remedies[i].server) != NULL && strcasestr(trouble, remedies[i].cause) != NULL)
            return remedies[i].remedy;
    return NULL;
}
