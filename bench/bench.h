#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/*
 * bench - what the measuring programs share: a clock, medians, memory.
 */

static inline double
bench_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Of this thread alone: what others do beside it does not count. */
static inline double
bench_cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline int
bench_by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts them.  Of an even count the lower of the middle two. */
static inline double
bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), bench_by_value);
	return values[(count - 1) / 2];
}

#define BENCH_ROUNDS_MAX 99

/* The rounds that an argument asks for; 0: it is no such number. */
static inline size_t
bench_rounds(const char *text)
{
	unsigned long rounds = strtoul(text, NULL, 10);

	return rounds <= BENCH_ROUNDS_MAX ? rounds : 0;
}

/* MB of memory in use now, with what was freed given back before. */
static inline double
bench_resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	malloc_trim(0);
	if (!file || fscanf(file, "%*u %lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

/* MB of memory, the most at any time. */
static inline double
bench_peak(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_maxrss * 1024 / 1e6;
}

#endif
