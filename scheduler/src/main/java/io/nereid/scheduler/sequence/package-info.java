/**
 * The requests of sequences: which instance, and which row of its batches, has a sequence, and which wait for one.
 *
 * <p>{@link io.nereid.scheduler.sequence.SequenceQueue} decides, as a {@link io.nereid.scheduler.RequestQueue} that the
 * {@link io.nereid.scheduler.BatchScheduler} guards with its lock; there is no thread here. The steps in the life of a
 * sequence are those of {@code KnownSequences}, over what knows of it: {@code OpenSequences} by its id, {@code SequenceSlots}
 * who waits for a place, {@code InstanceRows} what runs on an instance. {@code SequenceTimeouts} ends what has waited too long.
 * {@link io.nereid.scheduler.sequence.SequenceScheduler} stands before that scheduler, checks requests and gives them
 * their control inputs on the thread that brings them. Where sequences are iterative, a request comes back to the queue
 * after each of its executions but the last. Imports: {@code io.nereid.inference}, {@code io.nereid.scheduler},
 * {@code io.nereid.statistics}, the JDK, JSpecify and Error Prone's annotations only.
 */
@NullMarked
package io.nereid.scheduler.sequence;

import org.jspecify.annotations.NullMarked;
