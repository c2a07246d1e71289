#ifndef SIM_TABLES_H
#define SIM_TABLES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * tables - what the made-up people are drawn from: places and their addresses,
 * devices, departments, names.
 */

/* A block of addresses and where it is. */
struct net {
	const char *country, *city, *state;
	const char *lat, *lon;
	const char *base; /* first address */
	unsigned bits;    /* length of the prefix */
	uint32_t asn;
	int utc_offset; /* hours, in October */
	const char *zone;
};

enum net_id {
	NET_NO,
	NET_SE,
	NET_DE,
	NET_GB,
	NET_US,
	NET_CA,
	NET_FR,
	NET_ES,
	NET_IT,
	NET_PL,
	NET_IN,
	NET_JP,
	NET_BR,
	NET_AU,
	NET_HOMES, /* people live in those before */
	NET_NL = NET_HOMES,
	NET_CH,
	NET_PT,
	NET_AE,
	NET_SERVICE_EU, /* the suite's own data centres */
	NET_CLOUD_EU,   /* where the backup app runs */
	NET_HOSTING_US,
	NET_HOSTING_DE,
	NET_HOSTING_FR,
	NET_RESIDENTIAL_US,
	NET_RESIDENTIAL_RO,
	NET_RESIDENTIAL_VN,
	NET_NG,
	NET_RU,
	NET_CN,
	NET_TR,
	NET_COUNT,
};

extern const struct net nets[NET_COUNT];

/* Whether that day (from 1970-01-01 on) is a public holiday in that place. */
bool net_is_holiday(enum net_id net, int64_t day);

/* The address in a block that belongs to `which` for good. */
void net_address(char out[16], enum net_id net, uint64_t which);

/* What someone works with. */
struct browser {
	const char *agent;
	const char *os;      /* as sign-ins write it */
	const char *name;    /* as the audit log writes it */
	const char *version; /* as sign-ins write it */
	bool phone;
};

enum browser_id {
	BROWSER_EDGE,
	BROWSER_CHROME_WINDOWS,
	BROWSER_FIREFOX_WINDOWS,
	BROWSER_CHROME_MAC,
	BROWSER_SAFARI_MAC,
	BROWSER_IPHONE,
	BROWSER_ANDROID,
	BROWSER_LINUX,
	BROWSER_AXIOS,
	BROWSER_PYTHON,
	BROWSER_COUNT,
};

extern const struct browser browsers[BROWSER_COUNT];

enum department {
	DEPT_FINANCE,
	DEPT_SALES,
	DEPT_ENGINEERING,
	DEPT_HR,
	DEPT_LEGAL,
	DEPT_OPERATIONS,
	DEPT_MARKETING,
	DEPT_EXECUTIVE,
	DEPT_IT,
	DEPT_COUNT,
};

extern const char *const department_names[DEPT_COUNT];

/* Sixteen given and sixteen family names of a country, apart by blanks. */
#define NAMES_EACH 16

struct name_list {
	const char *given, *family;
};

extern const struct name_list name_lists[NET_HOMES];

/* Which country person n lives in: index n % 32. */
extern const unsigned char home_of[32];

#endif
