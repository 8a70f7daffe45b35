package io.nereid.bench.simulation;

import io.nereid.simulation.Report;
import io.nereid.simulation.Setup;
import io.nereid.simulation.Simulation;

import java.util.List;
import java.util.Locale;

/** {@code bench/run sim}. */
public final class SimulationCommand {
    private SimulationCommand() {}

    /** Runs one simulation and prints its report; exit code 1 if the options make no sense. */
    public static void main(String... arguments) {
        if (List.of(arguments).contains("--help")) {
            System.out.print(SimulationOptions.USAGE);
            return;
        }
        Setup setup;
        try {
            setup = SimulationOptions.parse(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            System.err.println("bench: bench/run sim --help lists the options");
            System.exit(1);
            return;
        }
        long start = System.nanoTime();
        Report report = Simulation.run(setup);
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.print(report.text());
        // Not part of what is repeated to the last digit.
        System.err.printf(Locale.ROOT, "bench: simulated %,d requests in %.2f s (%,.0f/s)%n", report.requests(),
                seconds,
                report.requests() / seconds);
    }
}
