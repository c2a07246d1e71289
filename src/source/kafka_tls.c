#include <openssl/x509_vfy.h>
#include <string.h>

#include "source/kafka_session.h"

/*
 * librdkafka says of a certificate only that it cannot be verified, and advises
 * to look at the authorities, also where the name is wrong.
 */
static const char *
words_of(int wrong)
{
	switch (wrong) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return "is signed by none that is trusted";
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return "is for another name";
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return "has expired";
	default:
		return NULL;
	}
}

/* NOLINTBEGIN(readability-*): the parameters are librdkafka's. */
int
kafka_tls_judge(rd_kafka_t *rk, const char *broker, int32_t id, int *wrong,
    int depth, const char *der, size_t len, char *why, size_t why_size,
    void *opaque)
{
	struct kafka_session *session = opaque;
	const char *words = words_of(*wrong);

	(void)rk;
	(void)id;
	(void)depth;
	(void)der;
	(void)len;
	/* True is taken for good, whatever else is said. */
	if (*wrong == X509_V_OK)
		return 1;
	if (!words)
		words = X509_verify_cert_error_string(*wrong);
	(void)snprintf(why, why_size, "%s", words);
	pthread_mutex_lock(&session->source->lock);
	(void)snprintf(session->certificate, sizeof(session->certificate),
	    "the certificate of '%s' %s", broker, words);
	pthread_mutex_unlock(&session->source->lock);
	return 0;
}
/* NOLINTEND(readability-*) */

bool
kafka_tls_wrong(struct kafka_session *session, char *text, size_t size)
{
	pthread_mutex_lock(&session->source->lock);
	(void)snprintf(text, size, "%s", session->certificate);
	pthread_mutex_unlock(&session->source->lock);
	return *text;
}
