/**
 * Which versions of which models are served: a state machine per version, and counted references to what is loaded.
 *
 * <p>{@link io.nereid.modelrepo.lifecycle.ModelLifecycle} knows models only by name and number; what a version is made
 * of is its {@link io.nereid.modelrepo.lifecycle.ModelLoader}'s secret. Loads run on threads of this package, never on
 * the caller's. Lookups, states and the index are read without a lock and never wait for a load; they may be called
 * from any thread, event loops included. Nothing here may import configurations, repositories, the scheduler or a
 * network library.
 */
@NullMarked
package io.nereid.modelrepo.lifecycle;

import org.jspecify.annotations.NullMarked;
