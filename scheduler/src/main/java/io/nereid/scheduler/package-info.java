/**
 * When a request runs: the queue of one model version and the decision what an idle instance takes from it.
 *
 * <p>{@link io.nereid.scheduler.RequestQueue} decides and holds no lock; {@link io.nereid.scheduler.BatchScheduler}
 * guards it with one lock; instance threads pull from it. Requests arrive on any thread, most on event loops, and are
 * never blocked for longer than that lock is held. Time comes from {@link io.nereid.inference.NanoClock}; nothing here
 * sleeps by itself. Imports: the JDK, JSpecify and Error Prone's annotations only.
 */
@NullMarked
package io.nereid.scheduler;

import org.jspecify.annotations.NullMarked;
