/* A peer of the fold: reads topics in batches, with the fold's own Kafka settings, and does nothing with what it reads.
 *
 *   read_topic BROKERS TOPIC,... SINCE_MS      SINCE_MS: Kafka time to start from */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "stockfold/base/clock.h"
#include "topics.h"

enum { BATCH = 1024, PATIENCE_MS = 1000 };

int main(int argc, char **argv)
{
    if (argc != 4)
        fail("usage", "read_topic BROKERS TOPIC,... SINCE_MS");
    struct topics topics;
    uint64_t messages = 0;
    int64_t first_us = 0, last_us = 0;
    topics_open(&topics, argv[1], argv[2], strtoll(argv[3], NULL, 10));
    while (topics.open > 0) {
        rd_kafka_message_t *batch[BATCH];
        ssize_t n = rd_kafka_consume_batch_queue(topics.queue, PATIENCE_MS, batch, BATCH);
        uint64_t before = messages;
        for (ssize_t i = 0; i < n; i++) {
            if (batch[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR)
                topics_take_error(&topics, batch[i]);
            else
                messages++;
            rd_kafka_message_destroy(batch[i]);
        }
        if (messages > before)
            last_us = clock_steady_us();
        if (before == 0 && messages > 0)
            first_us = last_us;
    }
    topics_close(&topics);
    printf("{\"operations\":%" PRIu64 ",\"seconds\":%.6f}\n", messages, (double)(last_us - first_us) / 1e6);
    return EXIT_SUCCESS;
}
