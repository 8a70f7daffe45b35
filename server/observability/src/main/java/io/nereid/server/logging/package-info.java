/**
 * The log of the process and the access log. {@link io.nereid.server.logging.ServerLog} is the one sink that every
 * logger writes to; {@link io.nereid.server.logging.LogProvider} is what SLF4J finds it by, where the command line has
 * chosen it. Loggers are called on any thread and write on it; what is written for each request goes through a
 * {@link io.nereid.server.logging.BackgroundWriter}, whose thread is its own. May not import a front end, Netty or
 * gRPC.
 */
@NullMarked
package io.nereid.server.logging;

import org.jspecify.annotations.NullMarked;
