/**
 * Models that are loaded when they are asked for, under a budget of memory: who waits for which load, when it begins,
 * and which models make room for it.
 *
 * <p>{@link io.nereid.server.ondemand.EvictionPolicy} decides and knows nothing but numbers. Requests come from event
 * loops and never block; loads run on virtual threads. May import the models and their repositories, not inference, a
 * front end, Netty or gRPC.
 */
@NullMarked
package io.nereid.server.ondemand;

import org.jspecify.annotations.NullMarked;
