#ifndef SIM_SERVE_ACTIVITY_H
#define SIM_SERVE_ACTIVITY_H

struct serve;

/*
 * serve_activity - the Office 365 Management Activity API, under
 * /api/v1.0/{tenant}/activity/feed/.
 */
struct activity;

/* Adds its routes. */
struct activity *activity_new(struct serve *serve);
void activity_free(struct activity *activity);

#endif
