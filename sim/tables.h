#ifndef SIM_TABLES_H
#define SIM_TABLES_H

#include "people.h"

/* Sixteen given and sixteen family names of a country, apart by blanks. */
#define NAMES_EACH 16

struct name_list {
	const char *given, *family;
};

extern const struct name_list name_lists[NET_HOMES];

/* Which country person n lives in: index n % 32. */
extern const unsigned char home_of[32];

#endif
