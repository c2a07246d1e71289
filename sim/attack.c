#include "attack.h"

#include "attack_scene.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US   (3600 * SECOND_US)

/* Longer waits shrink before the others where the period is short. */
#define LONG_SECONDS   3600

#define BIT(parameter) (1u << WITH_##parameter)
#define READS          (BIT(OWNER) | BIT(BACKGROUND) | BIT(THROTTLE) | BIT(REPEATS))
#define SESSION        (BIT(CONTAIN) | BIT(SYNC) | READS)
#define APP_MAIL       (BIT(VARIANT) | BIT(CONTAIN) | BIT(ATTACHMENTS) | READS)

const struct attack attacks[ATTACK_COUNT] = {
    [ATTACK_MIDNIGHT_BLIZZARD] = {"midnight-blizzard",
        "password spray on a test tenant, a forgotten app, mail of everyone",
        attack_midnight_blizzard, 5, 95, 590000, APP_MAIL},
    [ATTACK_FORGED_TOKEN] = {"forged-token",
        "mailboxes read with tokens that no sign-in explains",
        attack_forged_token, 30, 80, 180000, READS},
    [ATTACK_DEVICE_CODE] = {"device-code",
        "a device code phished, a device joined, mail searched",
        attack_device_code, 25, 60, 0, BIT(VARIANT) | SESSION},
    [ATTACK_TOKEN_THEFT] = {"token-theft",
        "a session taken through a proxy page and used elsewhere",
        attack_token_theft, 40, 70, 0, SESSION},
    [ATTACK_CONSENT] = {"consent",
        "a harmless looking app that is allowed to read mail", attack_consent,
        20, 90, 160000, BIT(VARIANT) | BIT(CONTAIN) | READS},
    [ATTACK_BEC] = {"bec",
        "invoice fraud from a taken mailbox, hidden by a rule", attack_bec, 45,
        75, 0, SESSION},
    [ATTACK_INSIDER] = {"insider",
        "someone takes the files along before leaving", attack_insider, 50, 98,
        0, BIT(CONTAIN)},
    [ATTACK_AUDIT_TAMPERING] = {"audit-tampering",
        "an administrator's session turns the logging off",
        attack_audit_tampering, 55, 85, 0, BIT(CONTAIN) | READS},
};

bool
attack_by_name(struct slice name, enum attack_id *out)
{
	for (int i = 0; i < ATTACK_COUNT; i++) {
		if (slice_eq(name, slice_cstr(attacks[i].name))) {
			*out = (enum attack_id)i;
			return true;
		}
	}
	return false;
}

void
scene_step(
    struct scene *scene, unsigned step, const char *technique, const char *what)
{
	scene->gen->truth.step = step;
	scene->gen->truth.technique = technique;
	scene->gen->truth.what = what;
}

/* Never past the end, nor beyond that percent of what is left. */
static void
move_on(struct scene *scene, int64_t wait_us, unsigned percent)
{
	int64_t most = (scene->to_us - scene->now_us) / 100 * percent;
	int64_t to_us = scene->now_us + (wait_us < most ? wait_us : most);

	scene->now_us = to_us;
	gen_at(scene->gen, to_us, rng_mix(scene->seed, ++scene->records));
}

void
scene_wait(struct scene *scene, int64_t seconds)
{
	int64_t about = seconds * SECOND_US;
	int64_t vary;

	if (seconds >= LONG_SECONDS && scene->share > 0)
		about = (int64_t)((double)about * scene->share);
	vary = about / 2 > 0
	           ? (int64_t)(rng_next(&scene->rng) % (uint64_t)about)
	           : 0;

	move_on(scene, about / 2 + vary, 25);
}

void
scene_until_work(struct scene *scene, const struct person *person)
{
	int64_t local = scene->now_us + nets[person->home].utc_offset * HOUR_US;
	int64_t hour = local / HOUR_US % 24;
	int64_t day = local / HOUR_US / 24 + 4; /* 1970-01-01: a Thursday */
	int64_t wait = 0;

	if (hour < 9)
		wait = 9 - hour;
	else if (hour >= 16)
		wait = 33 - hour;
	if (hour >= 16)
		day++;
	if (day % 7 == 6)
		wait += 48;
	else if (day % 7 == 0)
		wait += 24;
	move_on(scene,
	    wait * HOUR_US + rng_below(&scene->rng, 2400) * SECOND_US, 80);
}

void
scene_skip_to(struct scene *scene, unsigned percent)
{
	int64_t to =
	    scene->from_us + (scene->to_us - scene->from_us) / 100 * percent;

	if (to > scene->now_us)
		scene->now_us = to;
	gen_at(
	    scene->gen, scene->now_us, rng_mix(scene->seed, ++scene->records));
}
