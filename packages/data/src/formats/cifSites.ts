import { isSymbol } from '@mlffd/core';
import { isUnknown, numberOfValue, valuesOf } from './cifBlock.ts';
import type { CifBlock } from './cifBlock.ts';
import type { CifValue } from './cifTokens.ts';
import { formatError, quoted } from './place.ts';
import type { Place } from './place.ts';

/** An atom of the asymmetric unit. */
export interface CifSite {
  readonly symbol: string;
  /** Fractional coordinates. */
  readonly position: readonly [number, number, number];
  readonly place: Place;
}

const AXES = ['x', 'y', 'z'] as const;
// An occupancy of 1.0 may come as 0.9999 or 1.0001.
const FULL = 1e-3;

/**
 * Reads the atom sites of a block.
 * @throws FileFormatError `cif/no-coordinates`, `cif/partial-occupancy`, `cif/unknown-element` ...
 */
export function readSites(block: CifBlock): CifSite[] {
  const [x, y, z] = AXES.map((axis) => valuesOf(block, `_atom_site_fract_${axis}`) ?? []);
  if (x.length === 0 || y.length !== x.length || z.length !== x.length) {
    throw formatError('cif/no-coordinates', block.place, {
      expected: 'a loop with _atom_site_fract_x, _y and _z',
      found: block.tags.has('_atom_site_cartn_x') ? 'Cartesian coordinates' : 'none',
      hint: 'Export fractional coordinates; macromolecular files (mmCIF) are not read.',
    });
  }
  const types = columnOf(block, '_atom_site_type_symbol', x.length);
  const labels = columnOf(block, '_atom_site_label', x.length);
  const occupancies = columnOf(block, '_atom_site_occupancy', x.length);
  const flags = columnOf(block, '_atom_site_calc_flag', x.length);
  return x.map((value, k) => {
    if (occupancies !== undefined) checkOccupancy(occupancies[k]);
    if (flags?.[k].text.toLowerCase() === 'dum') {
      throw formatError('cif/dummy-site', flags[k].place, {
        expected: 'sites of atoms',
        found: 'a dummy site (calc_flag dum)',
        hint: 'Remove the row.',
      });
    }
    return {
      symbol: readSymbol(types?.[k], labels?.[k], value.place),
      position: [
        numberOfValue(value, '_atom_site_fract_x'),
        numberOfValue(y[k], '_atom_site_fract_y'),
        numberOfValue(z[k], '_atom_site_fract_z'),
      ],
      place: value.place,
    };
  });
}

/** A column of the atom loop; a tag of another length would belong to something else. */
function columnOf(block: CifBlock, name: string, length: number): readonly CifValue[] | undefined {
  const values = valuesOf(block, name);
  if (values === undefined || values.length === length) return values;
  throw formatError('cif/bad-loop', values[0].place, {
    expected: `${length} values of ${name}, one for each atom`,
    found: String(values.length),
    hint: 'All columns of the atoms belong into one loop.',
  });
}

function checkOccupancy(value: CifValue): void {
  // Left out means fully occupied, by the dictionary.
  if (isUnknown(value)) return;
  const occupancy = numberOfValue(value, '_atom_site_occupancy');
  if (Math.abs(occupancy - 1) <= FULL) return;
  throw formatError('cif/partial-occupancy', value.place, {
    expected: 'fully occupied sites (1)',
    found: `an occupancy of ${value.text}`,
    hint: 'A potential needs whole atoms: make an ordered structure (a supercell, or one of the disordered parts) first.',
  });
}

function readSymbol(type: CifValue | undefined, label: CifValue | undefined, row: Place): string {
  const value = type !== undefined && !isUnknown(type) ? type : label;
  const symbol =
    value === undefined ? undefined : value === type ? ofType(value.text) : ofLabel(value.text);
  if (symbol !== undefined) return symbol;
  throw formatError('cif/unknown-element', value?.place ?? row, {
    expected: 'a chemical symbol such as Na or Na1+ in _atom_site_type_symbol',
    found: value === undefined ? 'neither type symbol nor label' : quoted(value.text),
    hint: 'Give every atom its _atom_site_type_symbol; deuterium is H, dummy atoms have no place.',
  });
}

/** `Na`, `NA`, `Na1+`, `O2-`, `Fe0+`. */
function ofType(text: string): string | undefined {
  const letters = /^([A-Za-z]{1,2})(\d*[+-]\d*|0)?$/.exec(text)?.[1];
  if (letters === undefined) return undefined;
  const symbol = letters.slice(0, 1).toUpperCase() + letters.slice(1).toLowerCase();
  return isSymbol(symbol) ? symbol : undefined;
}

/**
 * `Na1`, `O2A`, `C12`: the letters in front must be a symbol as it is spelled, since CA1 and HO1
 * may be calcium and holmium or not.
 */
function ofLabel(text: string): string | undefined {
  const letters = /^[A-Za-z]+/.exec(text)?.[0] ?? '';
  return isSymbol(letters) ? letters : undefined;
}
