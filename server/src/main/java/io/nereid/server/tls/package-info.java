/**
 * What both front ends need to encrypt their connections: the TLS files, read and checked. Used while a server starts.
 * Imports Netty's TLS and the configuration.
 */
@NullMarked
package io.nereid.server.tls;

import org.jspecify.annotations.NullMarked;
