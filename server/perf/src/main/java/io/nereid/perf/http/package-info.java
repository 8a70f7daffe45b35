/**
 * The load over HTTP/1.1: a connection for each request under way, requests that are bytes made beforehand, and answers
 * of which only the status, the length and the text of an error are read. Runs on the load's threads, questions on the thread
 * that asks. May import {@code io.nereid.perf.client}, {@code .call},
 * {@code .json}, {@code .network} and the JDK.
 */
@NullMarked
package io.nereid.perf.http;

import org.jspecify.annotations.NullMarked;
