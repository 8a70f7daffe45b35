/**
 * The server as a Java program sees it: its configuration ({@link io.nereid.server.ServerConfig}) and how it is started
 * and stopped. Wires the other modules together and decides nothing of its own.
 *
 * <p>The configuration records are plain immutable data without a word of the command line, so that a program that
 * embeds the server fills them in the same way as {@code io.nereid.server.cli} does. They import the JDK only.
 */
@NullMarked
package io.nereid.server;

import org.jspecify.annotations.NullMarked;
