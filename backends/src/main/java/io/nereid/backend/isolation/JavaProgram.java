package io.nereid.backend.isolation;

import io.nereid.backend.onnxruntime.OnnxRuntimeBackend;
import io.nereid.backend.worker.process.WorkerCommand;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The command line of a worker: this process's Java and class path, a small heap, few threads, and nothing that would
 * leave files behind. Stateless.
 */
final class JavaProgram {
    /** Options for this process's Java are not meant for its workers. */
    private static final Set<String> DROPPED_VARIABLES = Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS",
            "_JAVA_OPTIONS");

    /** Names the class path of workers, where it is not this process's. */
    private static final String CLASS_PATH = "nereid.worker.classpath";
    /** Names the AOT cache of this process, where it has one. */
    private static final String AOT_CACHE = "nereid.worker.aotcache";
    /** Where the diagnostic option is known to be there. */
    private static final int KNOWN_JAVA = 25;
    private static final String MAIN = "io.nereid.backend.isolation.process.WorkerMain";
    private static final String LOG_PROVIDER = "io.nereid.backend.isolation.process.WorkerLogProvider";
    private static final List<String> OPTIONS = List.of("-XX:+UseSerialGC", "-Xms8m", "-Xmn4m", "-Xmx256m", "-Xss512k",
            "-XX:TieredStopAtLevel=1", "-XX:+UseCompactObjectHeaders", "-XX:ReservedCodeCacheSize=16m",
            "-XX:-UsePerfData",
            "-XX:+DisableAttachMechanism", "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null",
            "-XX:+ExitOnOutOfMemoryError", "-Djdk.reflect.useNativeAccessorOnly=true",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow");

    private JavaProgram() {}

    /**
     * How a worker is started.
     *
     * @param memory as {@link WorkerCommand#memory}
     * @throws InferenceException if that cannot be here
     */
    static WorkerCommand command(IsolationSettings settings, String memory) throws InferenceException {
        return new WorkerCommand("worker process", line(OnnxRuntimeBackend.libraryFolder(), settings.memoryLimit()),
                "isolated models need the java program of this server's runtime", variables(), DROPPED_VARIABLES,
                memory);
    }

    /**
     * The program and its first arguments.
     *
     * @param library the folder of ONNX Runtime's library
     * @param memoryLimit how much memory of its own the worker may take, in bytes; 0 for any
     */
    static List<String> line(Path library, long memoryLimit) {
        return line(library, memoryLimit, System.getProperty(AOT_CACHE, ""));
    }

    /**
     * The same.
     *
     * @param cache an AOT cache; empty for none
     */
    static List<String> line(Path library, long memoryLimit, String cache) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(OPTIONS);
        line.addAll(cacheOptions(cache));
        line.add("-Donnxruntime.native.path=" + library);
        line.add("-Dslf4j.provider=" + LOG_PROVIDER);
        line.add("-Dslf4j.internal.verbosity=WARN");
        line.add(MAIN);
        line.add("--memory-limit");
        line.add(String.valueOf(memoryLimit));
        return line;
    }

    /** The server's own cache serves: it has the worker's libraries, and half of what a worker takes to start is theirs. */
    private static List<String> cacheOptions(String cache) {
        if (cache.isEmpty()) {
            return List.of();
        }
        List<String> options = new ArrayList<>(List.of("-XX:AOTCache=" + cache, "-Xlog:aot=off", "-Xlog:cds=off"));
        if (Runtime.version().feature() == KNOWN_JAVA) {
            // At the address that it was made for: 17 MB less that are this process's alone.
            options.addAll(List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:ArchiveRelocationMode=0"));
        }
        return options;
    }

    /**
     * The environment variables that it needs: the class path is there, so that lists of processes stay readable.
     *
     * @throws InferenceException UNSUPPORTED if this process does not know where its own classes are
     */
    static Map<String, String> variables() throws InferenceException {
        return variables(System.getProperty(CLASS_PATH, System.getProperty("java.class.path", "")));
    }

    /** The same for a class path of workers. */
    static Map<String, String> variables(String path) throws InferenceException {
        if (!new ClassPath(path).has(MAIN)) {
            throw new InferenceException(ErrorCode.UNSUPPORTED,
                    "isolated models need a class path for their workers, and"
                            + " the server's classes do not lie on that of this program ("
                            + (path.isEmpty() ? "it has none" : path)
                            + "): name them by -D" + CLASS_PATH + "=<jars, separated by colons>");
        }
        return Map.of("CLASSPATH", path);
    }
}
