#ifndef GENERATE_PART_H
#define GENERATE_PART_H

#include "generate.h"

/*
 * generate_part - what records and rules have in common: texts to encode.
 */

/* One of a few words. */
const char *generate_word(struct generate *generate);

/* Adds a word in base64, maybe as UTF-16, with other bytes around it. */
void generate_encoded(struct generate *generate, struct buf *out);

#endif
