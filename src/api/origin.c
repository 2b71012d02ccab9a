/* Where a lookup is made from. */
#include "origin.h"

bool origin_take(struct api_call *call, struct origin *ret_origin)
{
    bool lat = call_has(call, PARAMETER_LAT), lon = call_has(call, PARAMETER_LON);
    *ret_origin = (struct origin){.positioned = lat && lon};
    if (lat != lon) {
        call_wrong(call, lat ? PARAMETER_LON : PARAMETER_LAT, "to be given with %s", lat ? "lat" : "lon");
        return false;
    }
    if (ret_origin->positioned)
        ret_origin->point = geo_point_of(call_number(call, PARAMETER_LAT, 0), call_number(call, PARAMETER_LON, 0));
    if (!call_has(call, PARAMETER_NODE))
        return true;
    if (ret_origin->positioned) {
        call_wrong(call, PARAMETER_NODE, "not to be given beside lat and lon");
        return false;
    }
    ret_origin->node = snapshot_find(call->nodes, call_text(call, PARAMETER_NODE));
    if (ret_origin->node == NULL) {
        call_unknown_node(call);
        return false;
    }
    ret_origin->positioned = ret_origin->node->node.positioned;
    ret_origin->point = ret_origin->node->point;
    return true;
}
