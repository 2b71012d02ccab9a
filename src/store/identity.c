/* Responsible for: reading a server's identity, and noticing that it is another. Not for: what follows from that. */
#include "identity.h"

struct str identity_of(const struct reply *info)
{
    return str_equal(reply_info(info, "role"), STR("master")) ? reply_info(info, "master_replid") : (struct str){0};
}

const char *identity_problem(const struct reply *info, struct str identity)
{
    struct str now = identity_of(info);
    if (now.len > 0 && str_equal(now, identity))
        return NULL;
    if (reply_is_error(info))
        return "it does not say who it is: INFO is refused";
    if (str_equal(reply_info(info, "role"), STR("slave")))
        return "it has become a replica";
    return "it is another server than before, or was promoted: what it holds is verified again";
}
