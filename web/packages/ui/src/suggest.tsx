import { Combobox, type ComboboxStore, TextInput, type TextInputProps, useCombobox } from '@mantine/core';
import { useEffect } from 'react';

export interface Suggestion {
  value: string;
  label: string;
  detail?: string;
}
interface Props extends Omit<TextInputProps, 'onChange'> {
  value: string;
  onChange: (text: string) => void;
  suggestions: Suggestion[];
  /** What the list of them is called. */
  listLabel: string;
  onPick: (value: string) => void;
  /** The cursor is in it: what is suggested is for this field. */
  onEnter: () => void;
}

/**
 * A line of input below which known things are suggested while one types. Nothing is chosen until somebody moves to it:
 * Enter then takes it, and otherwise sends the form; a key that an input method uses does neither.
 */
export function SuggestInput({ value, onChange, suggestions, listLabel, onPick, onEnter, ...rest }: Props) {
  const box: ComboboxStore = useCombobox({ onDropdownClose: () => box.resetSelectedOption() });
  const { resetSelectedOption, closeDropdown } = box;
  const known = suggestions.map((s) => s.value).join('\n');
  // What the cursor stood on may be another one in the new list.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is what makes it run
  useEffect(resetSelectedOption, [known]);
  return (
    <Combobox
      store={box}
      position="bottom-start"
      onOptionSubmit={(picked) => {
        onPick(picked);
        closeDropdown();
      }}
    >
      <Combobox.Target>
        <TextInput
          autoComplete="off"
          {...rest}
          value={value}
          onFocus={onEnter}
          onBlur={() => closeDropdown()}
          onChange={(e) => {
            onChange(e.currentTarget.value);
            box.openDropdown();
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={suggestions.length === 0} className="sug-d">
        {/* It hangs outside of every landmark, so it brings one. */}
        <section aria-label={listLabel}>
          <Combobox.Options aria-label={listLabel} mah={240} className="sug">
            {suggestions.map((s) => (
              <Combobox.Option key={s.value} value={s.value}>
                {s.label} <small>{s.detail}</small>
              </Combobox.Option>
            ))}
          </Combobox.Options>
        </section>
      </Combobox.Dropdown>
    </Combobox>
  );
}
