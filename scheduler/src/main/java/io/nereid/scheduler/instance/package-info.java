/**
 * What runs requests: a model instance, its thread, and the batch that is handed to it.
 *
 * <p>{@link io.nereid.scheduler.instance.ModelInstance} is what a backend implements; each is run by one
 * {@link io.nereid.scheduler.instance.InstanceThread}, a platform thread, since native calls pin. A decoupled model
 * answers by a {@link io.nereid.scheduler.instance.ResponseSender} instead of the batch, on any thread of its
 * backend's.
 *
 * <p>An instance that is {@link io.nereid.scheduler.instance.InstanceGoneException gone} is closed and replaced on its
 * thread, with {@link io.nereid.scheduler.instance.BackOff}, while the others of its
 * {@link io.nereid.scheduler.instance.InstanceGroup} run on. Imports: the JDK, JSpecify and Error Prone's annotations
 * only.
 */
@NullMarked
package io.nereid.scheduler.instance;

import org.jspecify.annotations.NullMarked;
