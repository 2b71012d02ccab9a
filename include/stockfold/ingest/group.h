/* Whose consumer group it is. A group shares out the partitions of one view; a second view with the same group gets a part
 * of them, the first the rest, and neither is whole. So each offset that a fold commits as a hint carries a note of its
 * view and the time, and whoever finds notes of another view that grow newer says so. */
#ifndef STOCKFOLD_INGEST_GROUP_H
#define STOCKFOLD_INGEST_GROUP_H

#include "stockfold/ingest/kafka.h"

enum { GROUP_VIEW_MAX = 40 };

/* Asks the group once. 1: another view's fold was in it within the last minute, by this host's clock, and `ret_other` is
 * that view's id; 0: none; negative: enum error_code. */
int group_find_other(const struct kafka_config *config, const char *group, const char *view_id,
                     char ret_other[GROUP_VIEW_MAX], struct error *error) WARN_UNUSED;

#endif
