const paths = {
  send: 'M4 12l16-8-5 16-3.500-6.500z M11.500 13.500 20 4',
  attach:
    'M20 11.500l-8.200 8.200a5 5 0 0 1-7.100-7.100l8.600-8.600a3.400 3.400 0 0 1 4.800 4.800l-8.600 8.600a1.700 1.700 0 0 1-2.400-2.400l7.700-7.700',
  reply: 'M9 7 4 12l5 5 M4 12h9a7 7 0 0 1 7 7',
  edit: 'M4 20l1-4L16 5l3 3L8 19z',
  remove: 'M5 7h14 M10 7V4h4v3 M7 7l1 13h8l1-13',
  close: 'M6 6l12 12 M18 6 6 18',
  back: 'M15 5l-7 7 7 7',
  down: 'M6 9l6 6 6-6',
  plus: 'M12 5v14 M5 12h14',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4z M10 21h4',
  people:
    'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z M2.500 20a6.500 6.500 0 0 1 13 0 M16 4.500a3.500 3.500 0 0 1 0 6.500 M18 14.500a6.500 6.500 0 0 1 3.500 5.500',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M8.500 14.500a4.500 4.500 0 0 0 7 0 M9 9.500v.5 M15 9.500v.5',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M12 2v2 M12 20v2 M4 12H2 M22 12h-2 M5 5l1.500 1.500 M17.500 17.500 19 19 M5 19l1.500-1.500 M17.500 6.500 19 5',
  moon: 'M20 14a8.500 8.500 0 1 1-10-10 7 7 0 0 0 10 10z',
  leave: 'M10 4H5v16h5 M15 8l4 4-4 4 M19 12H9',
  search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13z M15.500 15.500 20 20',
  file: 'M6 3h8l4 4v14H6z M14 3v4h4',
  mute: 'M6 16V11a6 6 0 0 1 9-5.200 M18 12v4l2 2H4 M10 21h4 M3 3l18 18',
} as const;

export function Icon({ name, size = 20 }: { name: keyof typeof paths; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
