#ifndef RULE_CORRELATION_WHEN_H
#define RULE_CORRELATION_WHEN_H

#include "rule/correlation.h"

/*
 * correlation_when - a correlation's timespan and condition.
 */

/* `10m`: a number and one of s m h d w M y; months and years are mean ones. */
int timespan_parse(
    struct compile *compile, const struct yaml *node, int64_t *span_us);

/*
 * What makes *c true.  `names` are its rules as it calls them, for a temporal
 * one's expression; `condition` may be NULL.
 */
int correlation_condition(struct compile *compile, const struct yaml *at,
    const struct yaml *condition, const struct yaml *names,
    struct correlation *c);

#endif
