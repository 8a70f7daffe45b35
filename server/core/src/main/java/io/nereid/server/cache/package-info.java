/**
 * The response cache: answers to requests that have been made before.
 *
 * <p>A {@link io.nereid.server.cache.CachingScheduler} stands in front of the scheduler of a model that asks for it.
 * It looks a request up where it comes in, on an event loop too, if that takes some microseconds, and on a virtual
 * thread of its own if there is much to hash or the cache is elsewhere; answers are put in on the thread that brings
 * them. May not import models, protocols or the inference call: it knows requests, responses and schedulers only.
 */
@NullMarked
package io.nereid.server.cache;

import org.jspecify.annotations.NullMarked;
