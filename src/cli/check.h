/* The parts of `check`: each prints its findings. */
#ifndef STOCKFOLD_SRC_CLI_CHECK_H
#define STOCKFOLD_SRC_CLI_CHECK_H

#include "stockfold/cli/finding.h"
#include "stockfold/ingest/fold.h"

/* One line on how many shards of a connected view are open and, where not all are, why and what to do. `lives`: folds
 * read all of its partitions, as check_folds() found. */
int check_shards(struct view *view, const struct kafka_config *kafka, bool lives, bool *ret_serves,
                 struct error *error) WARN_UNUSED;

/* One line on whether folds read all partitions of the view. Watches their progress: for as long as a checkpoint takes
 * where they live, for some seconds where one does not. */
int check_folds(struct view *view, const struct fold_config *config, bool *ret_lives, struct error *error) WARN_UNUSED;

#endif
