import { Option, type Command } from 'commander';
import { bundledRecipes } from '../../recipe/bundledRecipes.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { dataAuditCommand } from './audit.ts';
import { dataBuildCommand } from './build.ts';
import { dataConvertCommand } from './convert.ts';
import { dataFilterCommand } from './filter.ts';
import { dataInfoCommand } from './info.ts';
import { dataMergeCommand } from './merge.ts';
import { dataNormalizeCommand } from './normalize.ts';
import { dataQueryCommand } from './query.ts';
import { dataReportCommand } from './report.ts';
import { dataSplitCommand, SPLIT_WAYS } from './split.ts';
import { dataSubsetCommand } from './subset.ts';

/** Adds `mlffd data ...` to the program; `finish` takes the exit code of a command that has one. */
export function registerDataCommands(
  program: Command,
  io: CommandIo,
  finish: (code: number) => void,
): void {
  const data = program
    .command('data')
    .description('make, look through and convert labelled datasets');
  const onDataset = (name: string, description: string): Command =>
    data.command(name).description(description).argument('<dataset>', 'HDF5 file');

  data
    .command('build')
    .description('structures from a recipe, sampled and labelled with its teacher')
    .argument('<recipe>', 'YAML recipe (see `mlffd schema --of recipe`), or the name of one below')
    .option('-o, --out <folder>', 'where to work (default: runs/<name>)')
    // Looked up when help is asked for, not at every start of the program.
    .addHelpText('after', () => `\nRecipes that come along: ${bundledRecipes().join(', ')}`)
    .action((recipe: string, flags: { out?: string }) => dataBuildCommand(recipe, flags, io));

  onDataset('info', 'what a dataset is of')
    .option('--json', 'print JSON')
    .action((file: string, flags: { json?: boolean }) => dataInfoCommand(file, flags, io));

  onDataset('audit', 'what would spoil a training; exit code 3 when there is an error')
    .option('--split <file>', 'look for leaks of this split too')
    .option('--strict', 'take warnings for errors')
    .option('--json', 'print JSON')
    .action(async (file: string, flags: Parameters<typeof dataAuditCommand>[1]) => {
      finish(await dataAuditCommand(file, flags, io));
    });

  onDataset('report', 'how diverse a dataset is and what it lacks, as HTML and JSON')
    .option('-o, --out <folder>', 'where to write (default: beside the dataset)')
    .option('--sample <count>', 'structures that are compared with each other', '2000')
    .option('--seed <number>', 'of the sample', '0')
    .option('--elements <list>', 'elements that are wanted: H,C,N,O')
    .option('--attempted <count>', 'structures that were to be labelled, with those that failed')
    .action(async (file: string, flags: Parameters<typeof dataReportCommand>[1]) => {
      finish(await dataReportCommand(file, flags, io));
    });

  onDataset('split', 'which structures are trained, validated and tested on')
    .addOption(
      new Option('--by <way>', 'what is kept on one side').choices(SPLIT_WAYS).default('group'),
    )
    .option('--fractions <list>', 'of train, validation and test', '0.8,0.1,0.1')
    .option('--seed <number>', 'of the random choice', '0')
    .option('--hold <list>', 'compositions to test on: MgO,NaCl')
    .option('--train-up-to <value>', 'highest temperature (K) or size (atoms) that is trained on')
    .option('--test-above <value>', 'lowest that is tested on (default: --train-up-to)')
    .option('-o, --out <file>', 'default: split.json beside the dataset')
    .action((file: string, flags: Parameters<typeof dataSplitCommand>[1]) =>
      dataSplitCommand(file, flags, io),
    );

  onDataset('normalize', 'reference energies, scale of the forces, mean number of neighbours')
    .option('--split <file>', 'use its training side only')
    .option('--cutoff <length>', 'for the neighbours, Angstrom', '5')
    .option('-o, --out <file>', 'default: normalization.json beside the dataset')
    .action((file: string, flags: Parameters<typeof dataNormalizeCommand>[1]) =>
      dataNormalizeCommand(file, flags, io),
    );

  data
    .command('convert')
    .description('labelled structures from one format into another, by the names of the files')
    .argument('<from>', '.h5 (also ANI, SPICE), .xyz, .npz (MD17), .db (ASE), or a memmap folder')
    .argument('<to>', '.h5, .xyz, or a folder for the memmap layout of metatrain')
    .option('--small', 'a smaller .h5 file, with stated errors')
    .option('--teacher <name>', 'whose labels these are, where the file does not say')
    .action((from: string, to: string, flags: Parameters<typeof dataConvertCommand>[2]) =>
      dataConvertCommand(from, to, flags, io),
    );

  data
    .command('query')
    .description('the structures that students know least: what to label next')
    .argument('<structures>', 'whatever `convert` reads')
    .requiredOption('--students <folders...>', 'two or more, trained with other seeds')
    .requiredOption('--count <number>', 'how many to choose')
    .option('--lower <value>', 'below this force deviation, eV/Angstrom, they are right', '0.05')
    .option('--upper <value>', 'from this one on a structure is taken to be unphysical', '1')
    .option('--per-group <count>', 'most structures of one group')
    .option('--diverse', 'choose what differs most among the most uncertain')
    .requiredOption('-o, --out <file>', 'extended XYZ, for `files` of a recipe')
    .action((file: string, flags: Parameters<typeof dataQueryCommand>[1]) =>
      dataQueryCommand(file, flags, io),
    );

  registerRewriting(data, io);
}

/** Commands that make a dataset from others. */
function registerRewriting(data: Command, io: CommandIo): void {
  const writing = (command: Command): Command =>
    command
      .requiredOption('-o, --out <file>', 'the new dataset')
      .option('--small', 'a smaller file, with stated errors; h5py needs hdf5plugin for it');

  writing(
    data
      .command('merge')
      .description('several datasets in one')
      .argument('<datasets...>', 'HDF5 files'),
  )
    .option('--allow-mixed', 'even when their teachers differ')
    .option('--prefix', 'put the name of its file before every id')
    .action((files: string[], flags: Parameters<typeof dataMergeCommand>[1]) =>
      dataMergeCommand(files, flags, io),
    );

  writing(
    data
      .command('filter')
      .description('the structures that meet all conditions')
      .argument('<dataset>', 'HDF5 file'),
  )
    .option('--elements <list>', 'none but these: H,C,N,O')
    .option('--max-force <value>', 'largest force on an atom, eV/Angstrom')
    .option('--min-atoms <count>', 'smallest structure')
    .option('--max-atoms <count>', 'largest structure')
    .option('--max-temperature <value>', 'of dynamics, K')
    .option('--source <list>', 'what made them: rattle,md')
    .action((file: string, flags: Parameters<typeof dataFilterCommand>[1]) =>
      dataFilterCommand(file, flags, io),
    );

  writing(
    data
      .command('subset')
      .description('some structures: at random, the most diverse, or a side of a split')
      .argument('<dataset>', 'HDF5 file'),
  )
    .option('--count <number>', 'how many')
    .option('--diverse', 'farthest points in the space of descriptors instead of random ones')
    .option('--seed <number>', 'of the choice', '0')
    .option('--split <file>', 'choose from a side of this split')
    .addOption(
      new Option('--side <name>', 'of the split')
        .choices(['train', 'validation', 'test'])
        .default('train'),
    )
    .action((file: string, flags: Parameters<typeof dataSubsetCommand>[1]) =>
      dataSubsetCommand(file, flags, io),
    );
}
