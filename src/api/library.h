/* The function library is loaded by whoever misses it: a call whose functions the server does not know asks for the
 * library in their place, and for the same again once it is there.
 *
 *   answers: no such function ──library_ask──► FUNCTION LOAD ──library_ask_again──► the same plan
 *
 * What is asked again with them must bear that: functions do, which compare before they write. */
#ifndef STOCKFOLD_API_LIBRARY_H
#define STOCKFOLD_API_LIBRARY_H

#include "call.h"

/* Whether a trip with that problem is to be tried again with the library: once a call. */
bool library_is_missing(const struct api_call *call, enum reply_problem problem);
/* Each leaves in call->plan what is to be asked next. */
void library_ask(struct api_call *call);
void library_ask_again(struct api_call *call);

#endif
