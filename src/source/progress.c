#include "source/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define EVERY_US  200000
#define BAR_WIDTH 24

static int64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
progress_start(struct progress *p, bool on, uint64_t total)
{
	*p = (struct progress){.on = on, .total = total};
	if (on)
		p->start_us = now_us();
	p->next_us = p->start_us + EVERY_US;
}

static void
bar(char out[BAR_WIDTH + 1], uint64_t done, uint64_t total)
{
	for (unsigned i = 0; i < BAR_WIDTH; i++)
		out[i] = done * BAR_WIDTH > total * i ? '#' : '.';
	out[BAR_WIDTH] = '\0';
}

void
progress_show(struct progress *p, uint64_t done, uint64_t records)
{
	char text[BAR_WIDTH + 1];
	int64_t now;
	double seconds, rate;

	if (!p->on || (now = now_us()) < p->next_us)
		return;
	p->next_us = now + EVERY_US;
	p->shown = true;
	seconds = (double)(now - p->start_us) / 1e6;
	rate = (double)done / seconds;
	if (!p->total || done > p->total) {
		fprintf(stderr,
		    "\r\033[K%.0f MB, %" PRIu64 " records, %.0f MB/s",
		    (double)done / 1e6, records, rate / 1e6);
		return;
	}
	bar(text, done, p->total);
	fprintf(stderr,
	    "\r\033[K[%s] %3.0f %%  %" PRIu64
	    " records  %.0f MB/s  %.0f s left",
	    text, 100.0 * (double)done / (double)p->total, records, rate / 1e6,
	    (double)(p->total - done) / rate);
}

void
progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
