/**
 * The inputs of the requests: from what the server says of the model and from the flags ({@code -b}, {@code --shape},
 * {@code --input-data}, {@code --string-length}, {@code --string-data}) the bytes of each tensor, encoded once before the
 * first request is sent. The flags mean what they mean to perf_analyzer. No threads. May import the JSON reader, and
 * nothing of the clients, the measurement or the report.
 */
@NullMarked
package io.nereid.perf.input;

import org.jspecify.annotations.NullMarked;
