#include "source/pace.h"

#define MINUTE_US   60e6
#define BURST       0.1         /* of a minute's requests may come at once, */
#define FILL        (1 - BURST) /* and the rest during it */
#define RATE_MIN    6.0
#define PAUSE_US    ((int64_t)1000000)
#define PAUSE_SHIFT 6 /* up to 64 s */

void
pace_init(struct pace *pace, unsigned per_minute, int64_t now_us)
{
	*pace = (struct pace){.rate = per_minute,
	    .most = per_minute,
	    .tokens = per_minute * BURST,
	    .filled_us = now_us,
	    .grown_us = now_us};
}

static void
fill(struct pace *pace, int64_t now_us)
{
	double room;

	if ((double)(now_us - pace->grown_us) > MINUTE_US) {
		pace->grown_us = now_us;
		pace->rate += pace->most / 20;
		if (pace->rate > pace->most)
			pace->rate = pace->most;
	}
	room = pace->rate * BURST > 1 ? pace->rate * BURST : 1;
	pace->tokens +=
	    (double)(now_us - pace->filled_us) * pace->rate * FILL / MINUTE_US;
	if (pace->tokens > room)
		pace->tokens = room;
	pace->filled_us = now_us;
}

int64_t
pace_take(struct pace *pace, int64_t now_us)
{
	if (now_us < pace->paused_until_us)
		return pace->paused_until_us - now_us;
	fill(pace, now_us);
	if (pace->tokens >= 1) {
		pace->tokens -= 1;
		return 0;
	}
	return (int64_t)((1 - pace->tokens) * MINUTE_US / pace->rate / FILL) +
	       1;
}

void
pace_throttled(struct pace *pace, int64_t now_us, int64_t after_us)
{
	pace->throttles++;
	/* Answers to what was asked before the pause say nothing new. */
	if (now_us < pace->paused_until_us)
		return;
	if (!after_us)
		after_us = PAUSE_US
		           << (pace->throttled < PAUSE_SHIFT ? pace->throttled
		                                             : PAUSE_SHIFT);
	pace->throttled++;
	pace->paused_until_us = now_us + after_us;
	pace->tokens = 0;
	pace->filled_us = pace->paused_until_us;
	pace->grown_us = pace->paused_until_us;
	pace->rate = pace->rate * 2 / 3;
	if (pace->rate < RATE_MIN)
		pace->rate = RATE_MIN < pace->most ? RATE_MIN : pace->most;
}

void
pace_well(struct pace *pace)
{
	pace->throttled = 0;
}
