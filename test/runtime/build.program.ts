import { prepareHome } from '../../runtime/home.ts';
import { createReporter } from '../../runtime/progress.ts';
import { Supervisor } from '../../runtime/supervisor.ts';
import { buildTemporal, goProgram } from '../../runtime/temporalBuild.ts';

// Builds the Temporal server as `npm start` would, and prints where it is.
const home = process.argv[2];
const go = goProgram();
if (home === undefined || go === undefined) throw new Error('usage: build.program.ts <home>');
prepareHome(home);
const supervisor = new Supervisor(home, createReporter(process.stderr));
try {
  console.log((await buildTemporal(supervisor, go)).server);
} catch (error) {
  console.log((error as Error).message);
  process.exitCode = 1;
} finally {
  await supervisor.stop();
}
