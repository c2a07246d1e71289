#ifndef PIPELINE_UNDECIDED_H
#define PIPELINE_UNDECIDED_H

#include "coverage/tally.h"
#include "pipeline_work.h"
#include "rule/rules.h"

/*
 * pipeline_undecided - on how many events of a scan a rule is undecided, and
 * for want of which facts.
 *
 * An event on which a rule is undecided may be missing from the correlations
 * that the rule is part of: these are undecided with it.  One thread.
 */
struct scan_undecided;

/* Borrows the rules. */
struct scan_undecided *scan_undecided_new(const struct rules *rules);
void scan_undecided_free(struct scan_undecided *s);

/* Counts an event once for each rule, however often it is told. */
void scan_undecided_add(struct scan_undecided *s, const struct outcome *o);

/* The facts for want of which the rule is undecided on some event. */
uint32_t scan_undecided_facts(const struct scan_undecided *s, uint32_t rule);

/* Into the tally come the rules that make findings, of that level at least. */
void scan_undecided_count(
    const struct scan_undecided *s, enum level level, struct tally *tally);

#endif
