/* The sections of settings that fill a struct view_config: [redis] and [view]. */
#ifndef STOCKFOLD_STORE_VIEW_SETTINGS_H
#define STOCKFOLD_STORE_VIEW_SETTINGS_H

#include "stockfold/base/settings.h"

extern const struct settings_section redis_section, view_section;

#endif
