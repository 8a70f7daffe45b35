package io.nereid.bench.load.protocols;

import io.nereid.bench.Usage;
import io.nereid.bench.load.Arguments;
import io.nereid.perf.grpc.GrpcTransport.Method;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What to ask of which servers.
 *
 * @param servers in the order of their turns
 * @param methods ways to infer
 * @param bytes sizes of the tensors, multiples of 4
 * @param concurrencies clients, each with one request under way
 * @param seconds of each turn
 * @param warmupSeconds of load on each server before its first turn
 * @param rounds turns of each server
 */
record GrpcTurnsOptions(List<RunningServer> servers, List<Method> methods, List<Integer> bytes,
        List<Integer> concurrencies, int seconds, int warmupSeconds, int rounds) {
    static final String USAGE = Usage.of("grpc");

    private static final Set<String> NAMES = Set.of("--methods", "--bytes", "--concurrency", "--seconds", "--warmup",
            "--rounds");
    private static final List<Method> METHODS = List.of(Method.UNARY, Method.STREAM);
    private static final int MOST_BYTES = 64 << 20;
    private static final int MOST_CLIENTS = 1000;
    private static final int MOST_SECONDS = 600;
    private static final int MOST_ROUNDS = 100;

    /**
     * Reads the command line behind the scenario's name.
     *
     * @throws IllegalArgumentException if it says something else than {@link #USAGE}
     */
    static GrpcTurnsOptions parse(String... command) {
        List<RunningServer> servers = Arrays.stream(command).filter(word -> !word.startsWith("--"))
                .map(RunningServer::parse).toList();
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("got no server (expected NAME=127.0.0.1:PORT,PID)");
        }
        Arguments arguments = Arguments.parse(NAMES,
                Arrays.stream(command).filter(word -> word.startsWith("--")).toArray(String[]::new));
        return new GrpcTurnsOptions(servers,
                arguments.list("--methods", GrpcTurnsOptions::method).orElse(METHODS),
                arguments.numbers("--bytes", Float.BYTES, MOST_BYTES).orElse(List.of(64, 602_112)),
                arguments.numbers("--concurrency", 1, MOST_CLIENTS).orElse(List.of(1, 8)),
                arguments.number("--seconds", 5, 1, MOST_SECONDS), arguments.number("--warmup", 10, 0, MOST_SECONDS),
                arguments.number("--rounds", 5, 1, MOST_ROUNDS));
    }

    private static Method method(String name) {
        for (Method method : METHODS) {
            if (method.name().toLowerCase(Locale.ROOT).equals(name)) {
                return method;
            }
        }
        throw new IllegalArgumentException("--methods: got '" + name + "' (expected unary or stream)");
    }
}
