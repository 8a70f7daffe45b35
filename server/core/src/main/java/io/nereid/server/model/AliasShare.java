package io.nereid.server.model;

/**
 * What a version gets of the requests that ask for an alias.
 *
 * @param alias the name in requests
 * @param version the version's number
 * @param weight its share now, from 0 to 1: that of the configuration, and what versions that are not served leave
 * @param requests those that it got since the server started
 */
public record AliasShare(String alias, long version, double weight, long requests) {}
