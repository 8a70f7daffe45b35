/**
 * What the server itself counted during a measurement: its statistics of the model before and after, and what is between
 * them, also of the models that an ensemble calls. Reads the answers of any server with the statistics extension of the
 * v2 protocol. Runs on the thread that asks. May import the JSON reader; how the server is asked is given to it.
 */
@NullMarked
package io.nereid.perf.statistics;

import org.jspecify.annotations.NullMarked;
